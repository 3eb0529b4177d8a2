"""face-classifier: whose face is it, how the model is trained, and how far it can be fooled."""
