"""Parts for ganarium: a dense residual network, a loss with a temperature, and a zero-centred gradient penalty.

Importing this module registers them.
"""

from example_parts.losses import tempered
from example_parts.networks import ResidualDiscriminator, ResidualGenerator
from example_parts.remedies import ZeroPenalty

__all__ = ["ResidualDiscriminator", "ResidualGenerator", "ZeroPenalty", "tempered"]
