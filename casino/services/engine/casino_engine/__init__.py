"""The game engine: draws, wins and the money that goes with them."""
