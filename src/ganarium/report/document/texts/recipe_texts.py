"""Chinese text about recipes: their lines by name, and translations of choices; other choices stay in English."""

from collections.abc import Mapping

RECIPE_LINES: Mapping[str, str] = {
    "digits": "按类别生成手写数字，双核几分钟即可",
    "fashion": "按类别生成服装，双核几分钟即可",
    "stacked-digits": "1,000 个模式：三个数字作为一幅图像的颜色通道",
    "points": "0 到 9 个加号形标记，以个数为条件",
    "lines": "0 到 9 条直线，以条数为条件",
    "polygons": "一个正多边形，以边数为条件",
    "puzzles": "一个矩形分成两块互相吻合的拼图",
    "dense-shapes": "同一对全连接网络用于数字、直线、拼图、多边形和点：data=NAME",
    "dense-digits": "每个网络一个隐藏层，同时更新，共用隐变量",
    "dense-layers": "任意深度的全连接网络：generator.hidden=[…] discriminator.hidden=[…]",
    "dense-conv-digits": "全连接生成器对小型卷积判别器",
    "conv-shapes": "用于点、直线、拼图和多边形的卷积网络：data=NAME",
    "kplus1-digits": "判别器有十个数字类别和一个生成图像类别",
    "few-labels": "由 100 幅有标签和 50,000 幅无标签图像学习数字分类器",
    "dcgan": "在 64×64 像素合成彩色图形上的 DCGAN",
    "lsgan": "用最小二乘代替对数似然",
    "hinge": "铰链损失与谱归一化",
    "relativistic": "相对平均损失：真实 logit 与生成 logit 的平均值比较",
    "wgan": "权重裁剪的 Wasserstein 评论家",
    "wgan-gp": "带梯度惩罚的 Wasserstein 评论家",
    "r3gan": "相对配对损失、R1 与 R2、无归一化的残差网络",
    "cgan": "类别条件：两个网络都以数字为标签输入",
    "acgan": "类别条件，判别器带辅助分类器",
    "infogan": "无监督类别：一个十值类别编码和两个连续编码",
    "pix2pix": "由成对数据学习把轮廓翻译为填充多边形：data.domains=NAME",
    "cyclegan": "不用成对数据，把细体数字与粗体数字互相翻译：data.domains=NAME",
    "plane": "同一对全连接网络用于任意分布的点：data=NAME",
    "ring": "圆周上的 8 个高斯模式",
    "grid": "网格上的 25 个高斯模式",
}
CHOICES: Mapping[str, str] = {
    "all other settings": "其余全部设置",
    "the whole recipe": "整个配方",
    "the non-saturating generator loss": "生成器的非饱和损失",
    "batch 128 and 20,000 steps": "批大小 128,20,000 步",
    "batch 100 and 20,000 steps": "批大小 100,20,000 步",
    "the discriminator's loss −(log D(x) + log(1 − D(G(z)))), which the source's listing omits": "判别器的损失 "
    "−(log D(x) + log(1 − D(G(z))))，来源的代码中没有列出",
    "Adam with β₁ = 0.9, which reproduces the source's losses; β₁ = 0.5, SGD and momentum do not": "β₁ = 0.9 的 Adam，"
    "可重现来源的损失；β₁ = 0.5、SGD 和动量法不能",
    "losses on raw logits; the source's sigmoid could saturate to infinity": "损失用原始 logit 计算；来源的 sigmoid "
    "可能饱和到无穷大",
    "the first 55,000 digits, as in the source, including 5,000 validation digits": "与来源相同的前 55,000 个数字，"
    "其中包含 5,000 个验证数字",
    "the choices of dense-digits, on which this recipe builds": "本配方以 dense-digits 为基础，沿用其选择",
    "initial weights with standard deviation √(2/a), as in S2; for the convolution, a = 5 (the kernel height)": (
        "初始权重的标准差为 √(2/a)，与 S2 相同；卷积层 a = 5（卷积核高度）"
    ),
}
