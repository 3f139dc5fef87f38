"""What `load_model` finds without `custom_objects`: classes and functions of your own that were registered."""

registered = {}  # name → class or function


def register_keras_serializable(package="Custom", name=None):
    """A decorator for a class or function of your own: `load_model` then finds it by itself.

    Args:
        package, name: under "package>name", by default the thing's own name, `get_custom_objects` has it as well.
    """

    def register(thing):
        registered[f"{package}>{name or thing.__name__}"] = registered[thing.__name__] = thing
        return thing

    return register


def get_custom_objects():
    """Name → class or function, for everything that was registered: a dict that you may add to."""
    return registered
