"""How a model learns, is judged and is fooled: Keras, in worker processes alone, for it takes seconds to load."""
