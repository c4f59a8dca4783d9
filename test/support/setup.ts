// As `openEngine` does: TensorFlow.js registers its gradients with its layers, and talks less in
// production mode.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';

tf.enableProdMode();
