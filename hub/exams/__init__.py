"""Registers people for exams: who may sit one is told to the exam system, and so is who no longer may."""
