/** English names of the server's terms; for terms that are missing here, the server's English text is shown. */

/** Groups of settings, by their key. */
export const formGroups: Record<string, string> = {
  experiment: 'Experiment',
  train: 'Training',
  data: 'Data',
  generator: 'Generator',
  discriminator: 'Discriminator',
  objective: 'Objective',
  game: 'Game',
  optim: 'Optimizer',
  update: 'Update rule',
  remedies: 'Remedies',
  record: 'Recording',
  engine: 'Engine',
  observers: 'Observers',
};

/** Findings, by their name in the log. */
export const knownFindings: Record<string, { title: string; meaning: string }> = {
  divergence: { title: 'divergence', meaning: 'Weights or losses grow without bound; more steps will not recover the run.' },
  'data-problem': {
    title: 'data problem',
    meaning: 'What looks like a training problem may be a problem of the data; check the data first.',
  },
  constant: {
    title: 'constant or saturated output',
    meaning: "The generator's last layer is saturated: latents hardly change the output, and hardly any gradient passes.",
  },
  memorization: { title: 'memorization', meaning: 'The generator produces exact or near copies of training samples.' },
  'vanishing-gradients': {
    title: 'vanishing generator gradients',
    meaning: 'The generator receives no usable gradient, so it does not improve, whatever the losses are.',
  },
  'generator-too-strong': {
    title: 'discriminator too weak',
    meaning: 'The discriminator cannot keep up, so the generator learns to fool it instead of learning the data.',
  },
  'discriminator-too-strong': {
    title: 'discriminator too strong',
    meaning: 'The discriminator separates the samples so well that its gradient hardly guides the generator.',
  },
  collapse: {
    title: 'mode collapse',
    meaning: 'The generator produces a few outputs that fool the discriminator, and hardly anything else.',
  },
  oscillation: {
    title: 'oscillation',
    meaning: 'The generator moves from class to class and the discriminator follows; neither converges.',
  },
  'partial-collapse': { title: 'partial mode collapse', meaning: 'Some parts of the data are hardly ever generated.' },
  'low-diversity': {
    title: 'low diversity within classes',
    meaning: 'Every class is generated, but with nearly the same sample each time.',
  },
  healthy: { title: 'healthy', meaning: 'No known problem was found; scores measure the quality of the samples.' },
  'still-improving': { title: 'still improving', meaning: 'More steps are likely to improve the samples.' },
  plateau: {
    title: 'plateau',
    meaning: 'More of the same steps are unlikely to improve the samples; stop here, or lower the learning rate.',
  },
  'too-early': {
    title: 'too early to say',
    meaning: 'A signal is beyond its threshold, but not yet for long enough to be certain; train longer to find out.',
  },
  'poor-average': {
    title: 'averaged generator worse than the newest weights',
    meaning: 'Samples and scores use the average by default; it covers too few steps, or incompatible weights.',
  },
};
