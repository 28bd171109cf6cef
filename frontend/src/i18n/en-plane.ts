/** English texts about points in the plane. */

export const plane = {
  title: 'Points in the plane',
  layers: 'Layers',
  layer: {
    surface: 'Surface of D',
    real: 'Real points',
    fakes: 'Generated points',
    warp: 'Warped grid',
    arrows: 'Gradient arrows',
    optimal: 'Optimal discriminator',
  },
  learned: 'Learned discriminator',
  optimal: 'Optimal discriminator',
  altLearned: (step: string, count: string) =>
    `The learned discriminator's surface at step ${step}, with real points as discs and ${count} generated points as crosses`,
  altOptimal: (step: string) => `The surface of the optimal discriminator at step ${step}`,
  scale: 'generated – D = 0.5 (line) – real',
  scaleRelative: 'more like generated – middle (line) – more like real',
  arrowsMeaning: 'Arrows show where each generated point would move to deceive the discriminator: the generator’s loss falls fastest there.',
  warpMeaning: 'The grid shows where the generator maps a regular grid of latents. Where its lines are close, many samples land.',
  noSurface: 'This discriminator does not rate single points, so it has no surface.',
  trueDivergence: (name: string) => `True divergence (${name})`,
  learnedDivergence: 'Implied by the discriminator’s loss',
  divergenceMeaning:
    'The true divergence is 0 when generated and real points have the same distribution. A discriminator that is not optimal implies less than the true value.',
  noDivergence: 'For this objective the discriminator’s scores have no fixed zero, and its loss implies no divergence: colours are relative.',
};
