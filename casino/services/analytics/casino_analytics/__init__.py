"""What the casino's rounds and payments add up to, and which of them look wrong."""
