"""Whether two persons are one: names as written, sounded and misheard; what speaks for and against. Pure."""
