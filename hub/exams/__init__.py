"""Registers people for exams and courses: who may sit one, or has to take one, is told, and so is who no longer is."""
