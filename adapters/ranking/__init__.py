"""The ranking's calculations, in a process of their own, and the store of works' features."""
