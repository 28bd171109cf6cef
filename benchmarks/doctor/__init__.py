"""How often the doctor is wrong: runs broken on purpose and sound ones, and what it says of them."""
