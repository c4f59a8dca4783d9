/** What keys of a configuration may be, apart from what they stand for, so that help finds them soon. */

/** R1 is taken on real images, R2 on fakes. */
export const penaltyKinds = ['none', 'r1', 'r2', 'r1+r2'] as const;
