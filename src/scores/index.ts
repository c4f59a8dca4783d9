/** How good a generative model is, from what a feature extractor sees in its samples. */
export {
  type ClassOptions,
  type ClassStatistics,
  classStatistics,
  recognised,
  shareOf,
} from './classes.js';
export {
  type Extract,
  type Extraction,
  type FeatureExtractor,
  type Features,
  featureSet,
} from './features.js';
export {
  frechetDistance,
  frechetOfGaussians,
  type Gaussian,
  meanAndCovariance,
} from './frechet.js';
export { kernelDistance } from './kernel.js';
export { type ManifoldOptions, type ManifoldScores, manifoldScores } from './manifold.js';
export { type DistanceQuantiles, type Memorisation, memorisation } from './memorisation.js';
export { nearestBetween, nearestWithin } from './neighbours.js';
export { structuralSimilarity } from './ssim.js';
