"""What is wrong between the documents of a household and a dwelling, with a place, or with an identity number. Pure."""
