/** A Mixer block of one's own, a gate in place of the token MLP, between the parts that are there. */
import * as tfl from '@tensorflow/tfjs-layers';
import * as mixgan from 'mixgan';

/** x ← x + LN(x) ⊙ σ(mix(x)), mixing over tokens, then the channel MLP. x is [B, S, C]. */
function gatedBlock(x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor {
  const normal = mixgan.layerNorm(x, `${name}/layer_norm_0`);
  const mixed = mixgan.overTokens(normal, name, (tokens) =>
    mixgan.mlp(tokens, { name: `${name}/token_mixing`, hiddenDim: 64 }),
  );
  const gate = tfl.layers.activation({ activation: 'sigmoid', name: `${name}/gate` }).apply(mixed);
  const gated = tfl.layers
    .multiply({ name: `${name}/gated` })
    .apply([normal, gate as tfl.SymbolicTensor]) as tfl.SymbolicTensor;
  const kept = mixgan.residual(x, gated, { name: `${name}/token_residual` });
  const channels = mixgan.mlp(mixgan.layerNorm(kept, `${name}/layer_norm_1`), {
    name: `${name}/channel_mixing`,
    hiddenDim: 128,
  });
  return mixgan.residual(kept, channels, { name: `${name}/channel_residual` });
}

// Before there are weights: they live where the engine computes.
await mixgan.openEngine('auto');
const image = tfl.input({ shape: [28, 28, 1] });
let x = mixgan.patchStem(image, { patch: 4, channels: 64, name: 'stem' });
x = gatedBlock(x, 'block_0');
x = mixgan.mixerBlock(x, { tokenDim: 64, channelDim: 128, name: 'block_1' });
const pooled = tfl.layers.globalAveragePooling1d({}).apply(x) as tfl.SymbolicTensor;
const logits = tfl.layers.dense({ units: 10 }).apply(pooled) as tfl.SymbolicTensor;
const { parameters } = mixgan.summarise(tfl.model({ inputs: image, outputs: logits }));
console.log(`${parameters} parameters`);
