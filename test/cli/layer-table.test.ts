import { describe, expect, it } from 'vitest';
import { requireOfficialSize } from '../../classifier/architectures/official.js';
import { layerTable } from '../../src/cli/layer-table.js';
import { InputError, UsageError } from '../../src/errors.js';
import { withAbstractModel } from '../../src/mixer/abstract.js';
import { mixerSizes } from '../../src/mixer/configs/mixer.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import { summarise } from '../../src/mixer/summary.js';

describe('layerTable', () => {
  it('has the form of torchsummary', () => {
    const config = {
      imageShape: [256, 512, 1],
      patch: 128,
      channels: 4096,
      numClasses: 2,
    } as const;
    const table = layerTable(
      withAbstractModel(
        (init) => mlpMixer({ ...config, tokenDim: 1, channelDim: 1, numBlocks: 0 }, { init }),
        summarise,
      ),
    );
    expect(table).toMatchInlineSnapshot(`
      "-------------------------------------------------------------------------------
                                  Layer (type)      Output Shape     Param #   MFLOPs
      ===============================================================================
                            stem/conv (Conv2D)  [-1, 2, 4, 4096]  67,112,960  1073.74
                         stem/tokens (Reshape)     [-1, 8, 4096]           0     0.00
      pre_head_layer_norm (LayerNormalization)     [-1, 8, 4096]       8,192     0.00
                 mean (GlobalAveragePooling1D)        [-1, 4096]           0     0.00
                                  head (Dense)           [-1, 2]       8,194     0.02
      ===============================================================================
      Total params: 67,129,346
      Trainable params: 67,129,346
      Non-trainable params: 0
      Total MFLOPs: 1073.76 for one image, two for a multiply-add
      -------------------------------------------------------------------------------
      Input size (MB): 0.50
      Forward/backward pass size (MB): 0.78
      Params size (MB): 256.08
      Estimated Total Size (MB): 257.36
      -------------------------------------------------------------------------------"
    `);
  });

  it('tells the sizes of B/16', () => {
    const table = layerTable(
      withAbstractModel((init) => mlpMixer(mixerSizes['B/16'], { init }), summarise),
    );
    expect(table).toContain('\nTotal params: 59,880,472\nTrainable params: 59,880,472\n');
    expect(table).toContain('\nInput size (MB): 0.57\n');
    expect(table).toContain('\nParams size (MB): 228.43\n');
  });
});

describe('requireOfficialSize', () => {
  const { imageShape: _, numClasses: __, ...model } = mixerSizes['S/16'];
  const found = { arch: 'mixer', ...model, gelu: 'tanh' };

  it('accepts the size, whatever its GELU', () => {
    expect(() => requireOfficialSize('S/16', found, 'x.npz')).not.toThrow();
  });

  it('names what differs, and what there is', () => {
    expect(() => requireOfficialSize('B/16', found, 'x.npz')).toThrow(
      new InputError(
        'x.npz holds no B/16: channels 512 in place of 768, tokenDim 256 in place of 384, channelDim 2048 in place of 3072, numBlocks 8 in place of 12',
      ),
    );
    expect(() => requireOfficialSize('resmlp-12', found, 'x.npz')).toThrow(
      /holds no resmlp-12: arch mixer in place of resmlp, /,
    );
    expect(() => requireOfficialSize('S/15', found, 'x.npz')).toThrow(UsageError);
    expect(() => requireOfficialSize('constructor', found, 'x.npz')).toThrow(UsageError);
  });
});
