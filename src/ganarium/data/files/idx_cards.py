"""Data cards and class names of Fashion-MNIST, KMNIST and EMNIST."""

import re
from string import ascii_lowercase, ascii_uppercase, digits

from ganarium.data.datasets import Card

SPLITS = "train = the training file without its last sixth, validation = that last sixth, test = the test file."

FASHION = Card(
    title="Fashion-MNIST",
    authors="Han Xiao, Kashif Rasul and Roland Vollgraf (Zalando Research)",
    licence="MIT, © 2017 Zalando SE",
    text=f"70,000 grey images of clothes, 28×28 pixels, light on a black background. {SPLITS}",
)
KMNIST = Card(
    title="Kuzushiji-MNIST",
    authors="Tarin Clanuwat, Mikel Bober-Irizar, Asanobu Kitamoto, Alex Lamb, Kazuaki Yamamoto and David Ha; "
    "created by CODH, adapted from the Kuzushiji Dataset created by NIJL and others, doi:10.20676/00000341",
    licence="CC BY-SA 4.0",
    text=f"70,000 grey images of ten cursive hiragana, 28×28 pixels, white on a black background. {SPLITS}",
)
EMNIST = Card(
    title="EMNIST",
    authors="Gregory Cohen, Saeed Afshar, Jonathan Tapson and André van Schaik",
    licence="none stated by its authors; derived from NIST Special Database 19",
    text=f"Grey images of handwritten letters and digits, 28×28 pixels, white on a black background. {SPLITS}",
)

CLOTHES = (
    "T-shirt",  # the authors write "T-shirt/top", but class names become names of folders
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
HIRAGANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
MERGED = tuple(digits + ascii_uppercase + "abdefghnqrt")  # other lower-case letters are merged with their capitals
CHARACTERS = {
    "letters": tuple(ascii_lowercase),
    "digits": tuple(digits),
    "mnist": tuple(digits),
    "balanced": MERGED,
    "bymerge": MERGED,
    "byclass": tuple(digits + ascii_uppercase + ascii_lowercase),
}
UPRIGHT = "images stored column by column were transposed to be upright"
EMNIST_FILE = re.compile(rf"emnist-({'|'.join(CHARACTERS)})(?![a-z])", re.IGNORECASE)


def emnist_part(name: str) -> str | None:
    """Return the part of EMNIST that a file name indicates; None for other files.

    The files of EMNIST store images column by column.

    >>> emnist_part("emnist-letters-train-images-idx3-ubyte.gz"), emnist_part("emnist-digits.mat"), emnist_part("x.mat")
    ('letters', 'digits', None)
    """
    match = EMNIST_FILE.match(name)
    return match[1].lower() if match else None
