"""A margin model that is not of the product: it proves that the seam holds."""
