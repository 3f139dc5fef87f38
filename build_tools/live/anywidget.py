"""Stands in for the package anywidget in a page: an explorable here is its traits, which the page draws."""

import base64
import hashlib

import traitlets


class AnyWidget(traitlets.HasTraits):
    """A widget whose state is sent to the page once, when it is shown."""

    _esm = ""
    _css = ""

    def widget_state(self):
        """What mini-host.js draws: the state, which names its code's file (explorables.py), and apart the bytes."""
        module = hashlib.sha256(self._esm.encode()).hexdigest()[:16]
        state, buffers = {"_module": module, "_css": self._css}, []
        for name in self.traits(sync=True):
            value = getattr(self, name)
            if isinstance(value, bytes | bytearray | memoryview):
                buffers.append({"path": [name], "encoding": "base64", "data": base64.b64encode(value).decode()})
            else:
                state[name] = value
        return {"model_name": "AnyModel", "state": state, "buffers": buffers}
