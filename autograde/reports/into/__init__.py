"""The files by which platforms take grades: their own, filled in, and the forms of their imports."""
