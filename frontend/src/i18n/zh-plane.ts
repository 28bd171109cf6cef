/** Texts about points in the plane in Simplified Chinese. */

import type { plane as english } from './en-plane';

export const plane: typeof english = {
  title: '平面上的点',
  layers: '图层',
  layer: {
    surface: '判别器曲面',
    real: '真实点',
    fakes: '生成点',
    warp: '变形网格',
    arrows: '梯度箭头',
    optimal: '最优判别器',
  },
  learned: '学到的判别器',
  optimal: '最优判别器',
  altLearned: (step, count) => `第 ${step} 步时学到的判别器曲面；圆点为真实点，叉号为 ${count} 个生成点`,
  altOptimal: (step) => `第 ${step} 步时最优判别器的曲面`,
  scale: '生成 – D = 0.5（线）– 真实',
  scaleRelative: '更像生成 – 中间（线）– 更像真实',
  arrowsMeaning: '箭头表示每个生成点为骗过判别器应移动的方向：沿此方向生成器的损失下降最快。',
  warpMeaning: '网格表示生成器把规则的潜变量网格映射到何处。线密的地方样本多。',
  noSurface: '此判别器不对单个点打分，因此没有曲面。',
  trueDivergence: (name) => `真实散度（${name}）`,
  learnedDivergence: '由判别器损失推出',
  divergenceMeaning: '生成点与真实点的分布相同时，真实散度为 0。判别器未达最优时，推出的值小于真实值。',
  noDivergence: '对此目标函数，判别器的分数没有固定的零点，其损失也不对应散度：颜色只表示相对高低。',
};
