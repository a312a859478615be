"""OSHA's targeting of 1997: inspection lists, and draws from them that a reviewer can repeat."""
