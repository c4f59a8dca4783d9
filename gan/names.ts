/** What keys of a configuration may be, apart from what they stand for, so that help finds them soon. */

/** Of adversarial losses. */
export const lossNames = ['non-saturating', 'hinge', 'relativistic'] as const;

/** R1 is taken on real images, R2 on fakes. */
export const penaltyKinds = ['none', 'r1', 'r2', 'r1+r2'] as const;

/**
 * `alternating`: the generator learns from fakes of its own, after the discriminator has learned;
 * `together`: both learn from the same, in less time.
 */
export const updateOrders = ['alternating', 'together'] as const;

/** Of a DCGAN's convolutions; `batch`: over the batch, as in the paper. */
export const normalisations = ['batch', 'none'] as const;
