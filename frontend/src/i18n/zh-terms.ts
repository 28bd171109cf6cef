/** Names of the server's terms in Simplified Chinese. */

export const formGroups: Record<string, string> = {
  experiment: '实验',
  train: '训练',
  data: '数据',
  generator: '生成器',
  discriminator: '判别器',
  objective: '目标函数',
  game: '博弈',
  optim: '优化器',
  update: '更新规则',
  remedies: '补救措施',
  record: '记录',
  engine: '执行引擎',
  observers: '观察器',
};

export const knownFindings: Record<string, { title: string; meaning: string }> = {
  divergence: { title: '发散', meaning: '权重或损失无限增大，继续训练无法恢复。' },
  'data-problem': { title: '数据问题', meaning: '看似训练的问题可能是数据的问题，请先检查数据。' },
  constant: { title: '输出恒定或饱和', meaning: '生成器最后一层饱和：潜变量几乎不影响输出，梯度几乎无法通过。' },
  memorization: { title: '记忆训练数据', meaning: '生成器产生与训练样本相同或几乎相同的样本。' },
  'vanishing-gradients': { title: '生成器梯度消失', meaning: '无论损失如何，生成器得不到有用的梯度，因此不再改进。' },
  'generator-too-strong': { title: '判别器过弱', meaning: '判别器跟不上，生成器学会欺骗它，而不是学习数据。' },
  'discriminator-too-strong': { title: '判别器过强', meaning: '判别器把样本区分得太好，其梯度几乎不能引导生成器。' },
  collapse: { title: '模式崩溃', meaning: '生成器只产生少数能骗过判别器的样本。' },
  oscillation: { title: '振荡', meaning: '生成器在类别之间来回变动，判别器随之变动，两者都不收敛。' },
  'partial-collapse': { title: '部分模式崩溃', meaning: '数据的某些部分几乎从不生成。' },
  'low-diversity': { title: '类内多样性低', meaning: '每一类都会生成，但每次几乎是同一个样本。' },
  healthy: { title: '正常', meaning: '没有发现已知问题；样本质量由评分衡量。' },
  'still-improving': { title: '仍在改进', meaning: '继续训练很可能会改进样本。' },
  plateau: { title: '停滞', meaning: '照此继续训练不太可能改进样本；可在此停止，或降低学习率。' },
  'too-early': { title: '尚早', meaning: '某个信号超出阈值，但时间还不够长，不能确定；请继续训练。' },
  'poor-average': { title: '平均生成器不如最新权重', meaning: '样本和评分默认使用平均权重；平均覆盖的步数太少，或权重不相容。' },
};
