"""Layers that slide a kernel over an image or a sequence: the same few weights everywhere."""

import math

from .. import activations, initializers, ops, regularizers
from ..ops.conv_pool import conv_relu_max_pool
from ..ops.convolution import convolution
from ..ops.windows import require_channels_last
from .pooling import MaxPooling2D, Sliding


class Convolution(Sliding):
    """What the layers with a kernel share: its size and steps, a bias, an activation."""

    left_out = Sliding.left_out | dict.fromkeys(["kernel_constraint", "depthwise_constraint", "bias_constraint"])

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        bias_initializer="zeros",
        bias_regularizer=None,
        **kwargs,
    ):
        require_channels_last(type(self).__name__, data_format)
        super().__init__(**kwargs)
        self.kernel_size = self._for_each_axis("kernel_size", kernel_size)
        self.strides = self._for_each_axis("strides", strides)
        self.dilation_rate = self._for_each_axis("dilation_rate", dilation_rate)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise self._error(
                f"strides {self.strides} and dilation_rate {self.dilation_rate}: only one of them may be above 1."
            )
        self.padding = self._padding(padding)
        self.data_format = data_format
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel = None
        self.bias = None

    def _channels(self, input_shape):
        """How many channels an input of this shape has; it must be known."""
        self._require_rank(input_shape)
        if not input_shape[-1]:
            raise self._error(f"input {tuple(input_shape)} should end with a known number of channels, from 1.")
        return input_shape[-1]

    def _add_weights(self, shape, initializer, regularizer, outputs):
        """The kernel W, of this shape and the size of the window before it, and the bias b of so many outputs."""
        self.kernel = self.add_weight(self.kernel_size + shape, initializer, name="kernel", regularizer=regularizer)
        if self.use_bias:
            self.bias = self.add_weight(
                (outputs,), self.bias_initializer, name="bias", regularizer=self.bias_regularizer
            )
        self.built = True

    def _require_channels(self, x, n):
        if x.ndim == self.axes + 2 and x.shape[-1] != n:
            raise self._error(
                f"input {x.shape} has {x.shape[-1]} channels, but its kernel {self.kernel.shape} was built for {n}. "
                "Channels come last."
            )

    def _steps(self):
        return {"strides": self.strides, "padding": self.padding, "dilation_rate": self.dilation_rate}


class Conv2D(Convolution):
    """y = activation(x ∗ W + b): at every place, the sum of a window of x times the kernel, for each filter.

    LeCun et al., "Gradient-Based Learning Applied to Document Recognition", Proceedings of the IEEE 1998.

    Args:
        filters: how many outputs at each place.
        kernel_size: of the window, a number or (height, width).
        strides: how far the window moves to its next place.
        padding: "valid": only where the window fits. "same": zeros around x, so that stride 1 keeps its size.
        data_format: None or "channels_last".
        dilation_rate: how far apart the entries of the window lie.
        groups: into how many parts the channels are divided, each seen by its own part of the filters.
        activation: a name or function; None leaves x ∗ W + b as it is.
        use_bias: whether there is a b.
        kernel_initializer, bias_initializer: what fills W and b at first.
        kernel_regularizer, bias_regularizer: what training adds to the loss for W and b, such as "l2".

    Shapes: x (batch, height, width, channels), W = kernel (kh, kw, channels / groups, filters), b = bias (filters,),
    y (batch, new height, new width, filters).
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        shared = (kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias)
        super().__init__(*shared, bias_initializer, bias_regularizer, **kwargs)
        self.filters = self._number("filters", filters, 1, whole=True)
        self.groups = self._number("groups", groups, 1, whole=True)
        if self.filters % self.groups:
            raise self._error(f"{filters} filters can't be divided evenly into {groups} groups.")
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)

    def build(self, input_shape):
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise self._error(f"the input's {channels} channels can't be divided evenly into {self.groups} groups.")
        shape = channels // self.groups, self.filters
        self._add_weights(shape, self.kernel_initializer, self.kernel_regularizer, self.filters)

    def call(self, x, pooled=False):
        """The output for x; with `pooled`, what a 2×2 max-pool behind this layer would make of it, in one operation."""
        self._require_channels(x, self.kernel.shape[-2] * self.groups)
        operation = conv_relu_max_pool if pooled else convolution
        relu = self.activation is activations.relu  # then it is done on the way, without another array
        y = self._slide(operation, x, self.kernel, self.bias, relu=relu, **self._steps())
        return y if relu else self.activation(y)

    def can_pool(self, layer):
        """Whether this layer can do the work of the one behind it on the way: a max-pool of 2×2 blocks, after ReLU."""
        return (
            type(layer) is MaxPooling2D
            and layer.built
            and (layer.pool_size, layer.strides, layer.padding) == ((2, 2), (2, 2), "valid")
            and type(self) is Conv2D
            and self.dtype == layer.dtype
            and self.activity_regularizer is layer.activity_regularizer is None
            and self.groups == 1
            and self.activation in (activations.relu, activations.linear)
        )


class Conv1D(Conv2D):
    """y = activation(x ∗ W + b) along a sequence; see `Conv2D`.

    Args:
        filters: how many outputs at each place.
        kernel_size: of the window.
        padding: "valid", "same" or "causal": all zeros before the sequence, so that no output looks ahead (van den
            Oord et al., "WaveNet", 2016).
        strides, data_format, dilation_rate, groups, activation, use_bias: as in `Conv2D`.
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer: as in `Conv2D`.

    Shapes: x (batch, length, channels), W = kernel (k, channels / groups, filters), b = bias (filters,),
    y (batch, new length, filters).
    """

    axes = 1
    paddings = ("valid", "same", "causal")


class DepthwiseConv2D(Convolution):
    """y = activation(x ∗ W + b), each channel of x with kernels of its own: no sum over channels.

    Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017.

    Args:
        depth_multiplier: how many outputs each channel has.
        kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias: as in `Conv2D`.
        depthwise_initializer, depthwise_regularizer: for W. bias_initializer, bias_regularizer: for b.

    Shapes: x (batch, height, width, channels), W = kernel (kh, kw, channels, multiplier), b = bias
    (channels · multiplier,), y (batch, new height, new width, channels · multiplier).
    """

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        shared = (kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias)
        super().__init__(*shared, bias_initializer, bias_regularizer, **kwargs)
        self.depth_multiplier = self._number("depth_multiplier", depth_multiplier, 1, whole=True)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)

    def build(self, input_shape):
        channels = self._channels(input_shape)
        shape = channels, self.depth_multiplier
        self._add_weights(shape, self.depthwise_initializer, self.depthwise_regularizer, math.prod(shape))

    def call(self, x):
        self._require_channels(x, self.kernel.shape[-2])
        y = self._slide(ops.depthwise_conv, x, self.kernel, **self._steps())
        return self.activation(y + self.bias if self.use_bias else y)


class Conv2DTranspose(Convolution):
    """y = activation(x ∗ᵀ W + b): every number of x lays down a kernel of its size, and the overlaps are summed.

    A convolution run backwards, with stride s to images s times as large. Dumoulin and Visin, "A guide to convolution
    arithmetic for deep learning", 2016.

    Args:
        filters: how many outputs at each place.
        output_padding: how many rows and columns to add where several sizes of y would do; None for Keras's choice.
        kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias: as in `Conv2D`.
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer: as in `Conv2D`.

    Shapes: x (batch, height, width, channels), W = kernel (kh, kw, filters, channels), b = bias (filters,),
    y (batch, new height, new width, filters).
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        shared = (kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias)
        super().__init__(*shared, bias_initializer, bias_regularizer, **kwargs)
        self.filters = self._number("filters", filters, 1, whole=True)
        if output_padding is not None:
            output_padding = self._for_each_axis("output_padding", output_padding, low=0)
        self.output_padding = output_padding
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)

    def build(self, input_shape):
        shape = self.filters, self._channels(input_shape)
        self._add_weights(shape, self.kernel_initializer, self.kernel_regularizer, self.filters)

    def call(self, x):
        self._require_channels(x, self.kernel.shape[-1])
        settings = self._steps() | {"output_padding": self.output_padding}
        y = self._slide(ops.conv_transpose, x, self.kernel, **settings)
        return self.activation(y + self.bias if self.use_bias else y)
