"""From a Keras model to the full-int8 TFLite file that the device runs, and the JSON beside it."""
