"""Text about the course of training and the samples."""

TRAINING = {
    "training.title": ("Course of training", "训练过程"),
    "training.axis": ("Horizontal axis: training steps.", "横轴：训练步数。"),
    "training.losses": ("Losses, each a mean over {every} steps.", "损失，每点为 {every} 步的平均值。"),
    "training.losses-alt": (
        "Curves of the losses of discriminator and generator over {steps} steps",
        "{steps} 步内判别器与生成器的损失曲线",
    ),
    "training.outputs": (
        "Mean discriminator output: D(x) on real and D(G(z)) on generated samples, as probabilities.",
        "判别器的平均输出（概率）：真实样本 D(x) 与生成样本 D(G(z))。",
    ),
    "training.outputs-alt": (
        "Curves of the mean D(x) and D(G(z)) over the steps",
        "D(x) 与 D(G(z)) 平均值随步数变化的曲线",
    ),
    "training.gradients": ("Gradient norms of both players.", "双方的梯度范数。"),
    "training.gradients-alt": ("Curves of the gradient norms over the steps", "梯度范数随步数变化的曲线"),
    "training.histogram-real": (
        "Distribution of D(x) over the steps: the darker, the more samples. Vertical axis: 0 to 1.",
        "D(x) 的分布随步数的变化：颜色越深，样本越多。纵轴：0 到 1。",
    ),
    "training.histogram-fake": (
        "Distribution of D(G(z)) over the steps: the darker, the more samples. Vertical axis: 0 to 1.",
        "D(G(z)) 的分布随步数的变化：颜色越深，样本越多。纵轴：0 到 1。",
    ),
    "training.histogram-alt": ("Heat map of the histograms of {name} over the steps", "{name} 直方图随步数变化的热图"),
    "training.score": (
        "{score} on validation data over the steps. Dashed grey line: real data.",
        "验证数据上的{score}随步数的变化。灰色虚线：真实数据。",
    ),
    "training.score-alt": ("Curve of the score {score} over the steps", "得分“{score}”随步数变化的曲线"),
    "training.none": ("No curves are recorded yet.", "尚未记录曲线。"),
    "training.log-damaged": (
        "{n} line(s) of the log cannot be read and were skipped.",
        "日志中有 {n} 行无法读取，已跳过。",
    ),
    "training.table": ("Losses", "损失"),
    "training.mean": ("mean over", "平均范围"),
    "training.final": ("final, {over}", "最终，{over}"),
    "training.tenth": ("last tenth, {over}", "最后十分之一，{over}"),
    "player.discriminator": ("discriminator", "判别器"),
    "player.generator": ("generator", "生成器"),
    "real": ("real", "真实"),
    "generated": ("generated", "生成"),
    "samples.title": ("Samples", "样本"),
    "samples.strip": (
        "Film strip: the same latents from step {first} to step {last}.",
        "胶片：同一组隐变量从第 {first} 步到第 {last} 步。",
    ),
    "samples.strip-alt": ("Samples from the fixed latents at step {step}", "固定隐变量在第 {step} 步的样本"),
    "samples.step": ("step", "步数"),
    "samples.pictures": ("samples of the fixed latents", "固定隐变量的样本"),
    "samples.final": ("All samples of the fixed latents at step {step}.", "第 {step} 步固定隐变量的全部样本。"),
    "samples.final-alt": ("A grid of generated samples at step {step}", "第 {step} 步生成样本的网格"),
    "samples.data-alt": ("A grid of real samples for comparison", "用于比较的真实样本网格"),
    "samples.data": ("Real data at the same scale, for comparison.", "相同比例的真实数据，用于比较。"),
    "samples.damaged": ("Pictures that are missing or damaged: {names}.", "缺失或损坏的图片：{names}。"),
    "samples.none": ("No pictures of samples can be read.", "没有可读取的样本图片。"),
    "samples.by-class": (
        "Samples of each class at step {step}, from the same latents.",
        "第 {step} 步各类别的样本，隐变量相同。",
    ),
    "samples.by-class-alt": ("Eight samples of class {name}", "类别 {name} 的八个样本"),
    "samples.digits": (
        "Ten single samples of step {step}, black on white, each from its own latent.",
        "第 {step} 步的十个单独样本，白底黑字，各有自己的隐变量。",
    ),
    "samples.digit-alt": (
        "Generated sample {number} of ten, black on white",
        "十个生成样本中的第 {number} 个，白底黑字",
    ),
    "samples.no-sampler": (
        "No new samples can be generated from this run: {reason}",
        "无法从该运行生成新样本：{reason}",
    ),
    "samples.shares": (
        "Shares of the {n} samples in the snapshot of step {step}, read by {reader}.",
        "第 {step} 步快照中 {n} 个样本的分布，由 {reader} 识别。",
    ),
    "samples.group": ("group", "组"),
    "samples.got": ("generated", "生成"),
    "samples.due": ("data", "数据"),
    "group.class": ("class", "类别"),
    "group.mode": ("mode {n}", "模式 {n}"),
    "group.cluster": ("cluster {n}", "簇 {n}"),
}
