"""The launcher's modules lie beside each other; tests see them as the launcher does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
