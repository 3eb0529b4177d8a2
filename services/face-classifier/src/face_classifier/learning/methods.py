"""How the pictures move, method by method: from what the model says and from its gradient to the next pictures.

Each gets the lead of its labels (what is to rise to the goal) and the lead's gradient, and keeps tensors of its own.
"""

from typing import Any, Final, NamedTuple, Protocol

from keras import ops

TINY: Final = 1e-12
HEAVIEST: Final = 1e6
FULL_GROWN: Final = 60.0
"""Steps after which none is longer than the one before."""


class Look(NamedTuple):
    """What is known when the pictures are to move.

    Attributes:
        step: the number of steps that were done.
        images, start: the pictures as they are and as they began, [n, height, width, 3].
        lead: [n], what is to rise to the goal.
        gradient: of each lead by its picture.
        goal: the lead that is to be reached.
        epsilon: how far any number may go from where it began (of 1).
    """

    step: Any
    images: Any
    start: Any
    lead: Any
    gradient: Any
    goal: Any
    epsilon: Any


class Method(Protocol):
    """A method.

    Attributes:
        stops: a picture that is there stands still; else it goes on to where it is nearer to where it began.
    """

    stops: bool

    def begin(self, start: Any) -> tuple[Any, ...]:
        """What it keeps from step to step."""

    def move(self, at: Look, own: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """The next pictures, in [0, 1], and what it keeps of them."""


class L2Momentum:
    """Steps along the normalised gradient, with momentum; short ones where the goal is near.

    A step is a tenth longer than the gradient says that the goal is far, and `longest` at most; or, where it is far
    off as from noise, `share` of that way. Beside it goes a smaller one back to where the picture began, `pull` as
    long: across the way, so that it costs the lead nothing to first order. It takes a tenth off the median L2.
    """

    stops = True
    longest: Final = 0.22
    growth: Final = 1.02
    share: Final = 0.15
    shortest: Final = 0.02
    over: Final = 1.1
    momentum: Final = 0.25
    pull: Final = 0.5

    def begin(self, start: Any) -> tuple[Any, ...]:
        """The momentum."""
        return (ops.zeros_like(start),)

    def move(self, at: Look, own: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """One step."""
        steepness = length(at.gradient) + TINY
        direction = self.momentum * own[0] + at.gradient / steepness
        ahead = direction / (length(direction) + TINY)
        far = wide(at.goal - at.lead) / steepness
        longest = self.longest * ops.power(self.growth, ops.minimum(ops.cast(at.step, "float32"), FULL_GROWN))
        pace = ops.clip(self.over * far, self.shortest, ops.maximum(longest, self.share * far))
        way = at.images - at.start
        astray = way - ahead * ops.sum(ahead * way, axis=(1, 2, 3), keepdims=True)
        aside = length(astray)
        back = astray / (aside + TINY) * ops.minimum(aside / 2, self.pull * ops.minimum(pace, longest))
        return ops.clip(at.images + pace * ahead - back, 0.0, 1.0), (direction,)


class DeepFool:
    """To where the goal would be if the model were linear (Moosavi-Dezfooli et al. 2016, arXiv:1511.04599).

    Towards one label, and for its log-odds: so it leads to a probability, not only across a border.
    """

    stops = True
    overshoot: Final = 0.02

    def begin(self, start: Any) -> tuple[Any, ...]:
        """Nothing."""
        del start
        return ()

    def move(self, at: Look, own: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """One step."""
        scale = (1 + self.overshoot) * wide(at.goal - at.lead) / (ops.square(length(at.gradient)) + TINY)
        return ops.clip(at.images + scale * at.gradient, 0.0, 1.0), own


class Pgd:
    """Projected gradient in the L∞ ball (Madry et al. 2018, arXiv:1706.06083), a step an eighth of epsilon.

    With momentum (Dong et al. 2018, arXiv:1710.06081).
    """

    stops = True
    momentum: Final = 1.0
    part: Final = 1 / 8

    def begin(self, start: Any) -> tuple[Any, ...]:
        """The momentum."""
        return (ops.zeros_like(start),)

    def move(self, at: Look, own: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """One step."""
        steepness = ops.mean(ops.abs(at.gradient), axis=(1, 2, 3), keepdims=True)
        direction = self.momentum * own[0] + at.gradient / (steepness + TINY)
        onward = at.images + at.epsilon * self.part * ops.sign(direction)
        near = ops.clip(onward, at.start - at.epsilon, at.start + at.epsilon)
        return ops.clip(near, 0.0, 1.0), (direction,)


class Fgsm:
    """One gradient's sign (Goodfellow et al. 2015, arXiv:1412.6572), tried at 1, 2, 3… of 255 up to epsilon."""

    stops = True

    def begin(self, start: Any) -> tuple[Any, ...]:
        """The first gradient's sign."""
        return (ops.zeros_like(start),)

    def move(self, at: Look, own: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """One level more."""
        sign = ops.where(at.step == 0, ops.sign(at.gradient), own[0])
        level = ops.minimum(ops.cast(at.step + 1, "float32") / 255, at.epsilon)
        return ops.clip(at.start + level * sign, 0.0, 1.0), (sign,)


class Adam2016:
    """Adam as it comes (Kingma and Ba 2015, arXiv:1412.6980) on the cross-entropy, as it was done here in 2016."""

    stops = True
    rate: Final = 0.001

    def begin(self, start: Any) -> tuple[Any, ...]:
        """Both moments."""
        return (ops.zeros_like(start), ops.zeros_like(start))

    def move(self, at: Look, own: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """One step."""
        # with f the log-odds, the cross-entropy is log(1 + e^-f), and its derivative by f is -sigmoid(-f)
        change, moments = adam(-wide(ops.sigmoid(-at.lead)) * at.gradient, own, ops.cast(at.step + 1, "float32"))
        return ops.clip(at.images - self.rate * change, 0.0, 1.0), moments


class CarliniWagner:
    """The least squares distance, weighed against the goal (Carlini and Wagner 2017, arXiv:1608.04644, L2).

    The picture is (tanh w + 1) / 2, so that it never leaves [0, 1], and Adam moves w. Every `round` steps the goal's
    weight is searched for, sample by sample: half-way down where the goal was reached, up where it was not. The search
    goes on from where it is; the authors at.start each round afresh, and need 20 times the steps.
    """

    stops = False
    rate: Final = 0.01
    round: Final = 50
    first_weight: Final = 0.1

    def begin(self, start: Any) -> tuple[Any, ...]:
        """The w; Adam's moments; the weight and between what it is looked for; whether the round reached the goal."""
        inside = ops.clip(start, 1e-3, 1 - 1e-3) * 2 - 1
        weights = ops.full((start.shape[0],), self.first_weight, "float32")
        return (
            ops.arctanh(inside),
            (ops.zeros_like(start), ops.zeros_like(start)),
            (weights, ops.zeros_like(weights), ops.full_like(weights, HEAVIEST)),
            ops.zeros(weights.shape, "bool"),
        )

    def move(self, at: Look, own: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """One step."""
        point, moments, (weight, low, high), reached = own
        there = at.lead >= at.goal
        reached = ops.logical_or(reached, there)
        pull = wide(ops.where(there, ops.zeros_like(weight), weight))
        slope = (1 - ops.square(ops.tanh(point))) / 2
        descent = (2 * (at.images - at.start) - pull * at.gradient) * slope
        change, moments = adam(descent, moments, ops.cast(at.step + 1, "float32"))
        point -= self.rate * change
        ends = (at.step + 1) % self.round == 0
        high = ops.where(ops.logical_and(ends, reached), weight, high)
        low = ops.where(ops.logical_and(ends, ops.logical_not(reached)), weight, low)
        between = ops.where(high < HEAVIEST, (low + high) / 2, weight * 10)
        weight = ops.where(ends, between, weight)
        reached = ops.logical_and(reached, ops.logical_not(ends))
        return (ops.tanh(point) + 1) / 2, (point, moments, (weight, low, high), reached)


def adam(gradient: Any, moments: tuple[Any, ...], step: Any) -> tuple[Any, tuple[Any, ...]]:
    """Adam's change for a rate of 1, and its moments; `step` counts from 1."""
    first = 0.9 * moments[0] + 0.1 * gradient
    second = 0.999 * moments[1] + 0.001 * ops.square(gradient)
    corrected = first / (1 - ops.power(0.9, step))
    return corrected / (ops.sqrt(second / (1 - ops.power(0.999, step))) + 1e-7), (first, second)


def wide(values: Any) -> Any:
    """[n] → [n, 1, 1, 1]: one number for a whole picture."""
    return ops.reshape(values, (-1, 1, 1, 1))


def length(images: Any) -> Any:
    """The L2 norm of each picture: [n, 1, 1, 1]."""
    return ops.sqrt(ops.sum(ops.square(images), axis=(1, 2, 3), keepdims=True))


METHODS: Final[dict[str, Method]] = {
    "adam2016": Adam2016(),
    "l2-momentum": L2Momentum(),
    "pgd": Pgd(),
    "cw": CarliniWagner(),
    "fgsm": Fgsm(),
    "deepfool": DeepFool(),
}
