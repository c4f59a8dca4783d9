/** What keys of a configuration may be, apart from what they stand for, so that help finds them soon. */

/** Of adversarial losses. */
export const lossNames = ['non-saturating', 'hinge', 'relativistic'] as const;

export type GanLossName = (typeof lossNames)[number];

/**
 * `alternating`: the generator learns from fakes of its own, after the discriminator has learned;
 * `together`: both learn from the same, in less time.
 */
export const updateOrders = ['alternating', 'together'] as const;

/** Of a DCGAN's convolutions; `batch`: over the batch, as in the paper. */
export const normalisations = ['batch', 'none'] as const;
