/** English texts of the guided first runs. */

export const learn = {
  link: 'Learn',
  title: 'Learn: your first GANs',
  offer: 'New to GANs? Train your first ones step by step, watch them, break one and repair it. It takes about five minutes.',
  begin: 'Learn with a guided first run',
  chapters: 'Chapters',
  titles: {
    points: 'Points in the plane',
    curves: 'What the curves say',
    collapse: 'A collapse, on purpose',
    cure: 'The cure',
    digits: 'Digits',
  },
  back: 'Back',
  next: 'Next',
  goTo: 'Go to the chapter',
  openRun: 'The page of this run',
  another: 'Start another run',
  startAgain: 'Start again',
  start: {
    points: 'Start the first run',
    collapse: 'Start the run that collapses',
    cure: 'Fork with the remedy',
    digits: 'Start the digits',
  },
  length: { steps: 'Steps', seconds: 'Seconds of training' },
  lengthHint: {
    steps: 'One step updates both networks once. With fewer steps the run is shorter, and what the text describes may not happen.',
    seconds: 'The training ends after this time. With less time the digits stay blurred.',
  },
  lengthWrong: (most: string) => `Give a whole number from 1 to ${most}.`,
  readOnly: 'This server is read-only. The tour starts runs, so here it is shown with runs that exist already, as far as there are any.',
  noRun: 'There is no run in this folder that fits this chapter.',
  gone: 'The run of this chapter no longer exists, or its folder was renamed.',
  paused: 'The run is paused. Continue it on its page.',
  broken: {
    stopped: 'The run was stopped before its end. What it recorded so far is shown.',
    diverged: 'The training diverged: a loss or a weight was no longer a finite number.',
    failed: 'The run failed before its end. Its page shows what it recorded so far.',
  },
  needs: {
    points: 'This chapter reads the curves of your first run. Start it first.',
    collapse: 'This chapter repairs the collapsed run. Start it first, and wait until it has ended.',
  },
  modes: 'modes',
  modesOf: (count: string, all: string) => `${count} of ${all} modes`,
  modesInData: 'modes in the data',
  modesOverTime: 'Modes generated',
  modesMeaning: 'A mode is one of the clusters of the data. It counts if it receives at least a tenth of its share of the generated points.',
  points: {
    intro: [
      'A GAN consists of two neural networks. The generator turns random numbers, called latents, into samples: here, points in the plane. The discriminator gets real and generated points and says for each how likely it is to be real.',
      'The real points lie in eight small clusters on a ring. The generator never sees them. It learns only from the discriminator’s answers.',
    ],
    before: 'Start the run. It trains on this computer, in one thread, for about a minute. You may leave this page; the training goes on.',
    waiting: 'The run is starting. Its first picture shows both networks before their first step: the generated points know nothing of the ring yet.',
    first:
      'Discs are real points, crosses are generated ones. The colours are the discriminator’s answer: blue where it says “real”, orange where it says “generated”. On the line it cannot decide: D = 0.5. Each arrow shows where a generated point would move to be taken for real.',
    half: 'The generator has followed the arrows to the clusters, and the discriminator has changed its answers in return. Where generated points become as frequent as real ones, the colours fade: the best possible answer there is 0.5.',
    finished: (count: string, all: string) =>
      `The run is finished. The generated points reach ${count} of ${all} clusters. Move the slider above the picture to see how it happened, then read the curves.`,
  },
  curves: {
    intro: ['The numbers in these texts are those of your own run. A triangle marks the step from which they were taken.'],
    moving: 'Your run is still training: the numbers are its newest ones and will change.',
    finished: 'Your run is finished: the numbers are its last ones.',
    lossesNow: (d: string, g: string) => `The discriminator’s loss is ${d}, the generator’s ${g}.`,
    lossD: (value: string, meaning: string) =>
      `Your discriminator’s loss is ${value}. One that answers 0.5 to everything has a loss of 2 log 2 = log 4 ≈ 1.386. ${meaning}`,
    sideD: {
      below: 'Yours is lower: it still tells some generated points from real ones.',
      near: 'Yours is close to that: it can hardly tell generated points from real ones.',
      above: 'Yours is higher: at that moment it was wrong more often than by guessing.',
    },
    lossG: (value: string, meaning: string) =>
      `Your generator’s loss is ${value}. If the discriminator always answers 0.5, it is log 2 ≈ 0.693. ${meaning}`,
    sideG: {
      below: 'Yours is lower: generated points are often taken for real.',
      near: 'Yours is close to that.',
      above: 'Yours is higher: the discriminator rejects many generated points.',
    },
    penalty: 'The curve leaves out the penalty on the discriminator’s gradient (R1), which comes on top.',
    notZero:
      'Neither loss falls to 0, and neither should. What one player gains, the other loses, so the losses say who leads and not how good the samples are.',
    band: 'The shaded band of each player is its normal range: from a discriminator that cannot decide to one with a fair lead.',
    judged: (real: string, fake: string) =>
      `On average, your discriminator gives real points ${real} (written D(x)) and generated points ${fake} (written D(G(z))).`,
    histograms:
      'The histogram shows all its answers and not only their mean. Before the first step both groups lie near 0.5, because the discriminator knows nothing. The better it tells them apart, the further they separate. In a good run they stay close to 0.5 and overlap.',
    norms: (d: string, g: string) => `The gradient of your discriminator has a norm of ${d}, that of your generator ${g}.`,
    gradients:
      'The norm says how strongly each network is pushed at a step. Close to 0 for long, the network learns nothing. If it grows without end, the training breaks. In between, its size says little.',
    mark: 'last value',
    markMeaning: (step: string) => `The triangle marks step ${step}, from which the numbers in the text are.`,
  },
  collapse: {
    intro: [
      'Mode collapse is the best-known failure of GANs: the generator finds a few outputs that deceive the discriminator, and produces hardly anything else.',
      'This run differs from your first one in two settings. The learning rate of both networks is ten times higher, 0.02, so their steps are too large to follow each other. And the penalty that kept the discriminator’s surface smooth (R1) is off.',
    ],
    before: 'Start the run and watch the clusters. It takes less than a minute on two processor cores.',
    waiting: 'The run is starting.',
    first: 'The crosses run to a few clusters and stay there. Watch the number of modes, and the findings below: the diagnosis reads the same record that you see.',
    half: 'No generated point is near the missing clusters any more, so none is drawn to them. The discriminator is almost certain everywhere, so it hardly guides the generator.',
    found: (count: string, all: string) =>
      `The run has collapsed: ${count} of ${all} modes are left. The diagnosis has found it, too; its sentence is beside the curves. The losses alone do not show how many modes are left.`,
    notFound: (count: string, all: string) =>
      `The run is finished with ${count} of ${all} modes, but the diagnosis has found no mode collapse. It needs at least 600 steps to be certain. Start another run, with 2,000 steps.`,
  },
  cure: {
    intro: [
      'The diagnosis suggests remedies. Here you fork the collapsed run: a copy of its two networks goes on from the last checkpoint, with other settings. The collapsed run stays as it is.',
      'Three things change. The objective compares real and generated points in pairs (relativistic), and gradient penalties (R1 and R2) keep the discriminator’s surface smooth, so that arrows lead to the missing clusters. The learning rate is that of your first run again.',
    ],
    before: 'Fork the run. The penalties cost time, so its steps take longer.',
    waiting: 'The fork is starting from the checkpoint of the collapsed run.',
    first: 'The crosses leave the few clusters and spread along the ring. Compare the two pictures: the left one stays as it was.',
    half: 'More and more clusters have points. The line in the curve shows when each came back; the triangle marks the fork.',
    finished: (before: string, count: string, all: string) =>
      `The fork is finished. Before it, ${before} of ${all} modes were generated; now ${count} of ${all}. The networks and the data are the same: only the rules of the game changed.`,
    collapsed: 'Collapsed run',
    cured: 'Fork with the remedy',
    fork: 'fork',
  },
  digits: {
    intro: [
      'Images work in the same way: an image of 28 × 28 pixels is a point in a space of 784 dimensions. The real ones are handwritten digits (MNIST).',
      'This GAN is conditional: both networks also get a label, the digit, so that you can ask the generator for a certain one.',
    ],
    before: 'Start the run. It trains for two minutes.',
    waiting: 'The run is starting; the data are being loaded.',
    first: 'The first strokes appear soon. Each place of the grid keeps its latents, so you see the same sample improve. The slider shows any earlier step.',
    half: 'The shapes are there; what follows are details. Ask the generator for a digit below the grid: it answers from the newest checkpoint.',
    finished: 'The run is finished. Ask for any digit below the grid, or move the slider through the training.',
    ask: 'Ask for a digit',
    label: 'Label',
    others: 'Other latents',
    alt: (label: string, seed: string) => `Generated samples with the label ${label}, with latents of seed ${seed}`,
    askMeaning: 'All samples have the same label; their latents differ. Latents decide on the handwriting, the label on the digit.',
    onward: 'This was the tour. Where to go from here:',
    toPlay: 'Play with its generator: new digits, corners, films',
    toRun: 'The page of your run: steer it, fork it, read its settings and papers',
    toStart: 'Start a run with other data, networks and objectives',
  },
};
