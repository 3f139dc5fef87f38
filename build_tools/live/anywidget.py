"""Stands in for the package anywidget in a page: an explorable here is its traits, which the page draws."""

import base64

import traitlets


class AnyWidget(traitlets.HasTraits):
    """A widget whose state is sent to the page once, when it is shown."""

    _esm = ""
    _css = ""

    def widget_state(self):
        """What mini-host.js draws: the state, and apart from it what is bytes."""
        state, buffers = {"_esm": self._esm, "_css": self._css}, []
        for name in self.traits(sync=True):
            value = getattr(self, name)
            if isinstance(value, bytes | bytearray | memoryview):
                buffers.append({"path": [name], "encoding": "base64", "data": base64.b64encode(value).decode()})
            else:
                state[name] = value
        return {"model_name": "AnyModel", "state": state, "buffers": buffers}
