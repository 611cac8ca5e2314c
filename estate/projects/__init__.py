"""Partnerships of landlord, adviser and contractor, and their parties."""
