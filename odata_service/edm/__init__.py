"""The entity data model: frozen objects named as in CSDL, and the values of its types."""
