"""Text about reports of several runs, studies and trials."""

COMPARISON = {
    "compared.title": ("Report on {n} training runs", "{n} 次训练运行的报告"),
    "compared.study-title": ("Report on the study {name}", "研究报告：{name}"),
    "compared.subtitle": ("{names}; ganarium {version}", "{names};ganarium {version}"),
    "compared.trained": (
        "The report compares {runs} runs in {groups} groups; runs of one group differ only in their seed.",
        "本报告比较 {groups} 组共 {runs} 次运行；同组运行只有随机种子不同。",
    ),
    "compared.unfinished": ("{n} of the {runs} runs are not finished.", "{runs} 次运行中有 {n} 次没有完成。"),
    "compared.problems": (
        "The diagnosis found problems in {n} of the {runs} runs.",
        "诊断在 {runs} 次运行中的 {n} 次发现了问题。",
    ),
    "compared.no-problems": (
        "The diagnosis found no certain problem in any run.",
        "诊断没有在任何运行中发现确定的问题。",
    ),
    "compared.groups": ("Runs and what differs", "运行及其差异"),
    "compared.groups-table": ("Groups of runs that differ only in their seed", "只有随机种子不同的各组运行"),
    "compared.group": ("group", "组"),
    "compared.run": ("run", "运行"),
    "compared.seeds": ("seeds", "随机种子"),
    "compared.state": ("state", "状态"),
    "compared.steps": ("steps", "步数"),
    "compared.differences": ("Settings that differ between the groups", "各组之间不同的设置"),
    "compared.no-differences": ("No setting differs between the groups.", "各组之间没有不同的设置。"),
    "compared.losses": ("Final losses", "最终损失"),
    "compared.losses-table": (
        "Mean losses over the last tenth of the steps; ± is the 95 % interval over seeds.",
        "最后十分之一步数内的平均损失；± 为跨随机种子的 95% 区间。",
    ),
    "compared.scores": ("Scores", "得分"),
    "compared.scores-table": (
        "Scores of {n} samples against {against}: mean ± 95 % over seeds [worst seed]; a single seed has no interval.",
        "{n} 个样本与 {against} 比较的得分：平均值 ± 跨随机种子的 95% 区间 [最差种子]；单个种子没有区间。",
    ),
    "compared.paired-table": (
        "Differences of the distances from the score of real data, relative to group A, with 95 % intervals over "
        "seeds, paired where the seeds are equal; negative means nearer to real data.",
        "与真实数据得分距离之差（相对于 A 组），附跨随机种子的 95% 区间，种子相同时配对；负值表示更接近真实数据。",
    ),
    "compared.validation": (
        "Not all runs have stored test scores, so the validation scores at the end of training are compared.",
        "并非所有运行都有测试得分，因此比较训练结束时的验证得分。",
    ),
    "compared.not-scored": (
        "Not all runs are scored, so their scores are not compared; score them with: {command}",
        "并非所有运行都有得分，因此不比较得分；评分命令：{command}",
    ),
    "compared.different-data": (
        "The runs were trained on different data ({data}), so their scores are not compared.",
        "各运行的训练数据不同（{data}），因此不比较得分。",
    ),
    "compared.incomparable": ("The scores are not comparable: {reason}", "得分不可比较：{reason}"),
    "compared.better": ("better", "更好"),
    "compared.worse": ("worse", "更差"),
    "compared.no significant difference": ("no significant difference", "无显著差异"),
    "compared.n/a (1 seed)": ("n/a (1 seed)", "不适用（1 个种子）"),
    "compared.pictures": ("Samples side by side", "样本并列"),
    "compared.pictures-text": (
        "All pictures show samples of the newest recorded step.",
        "所有图片均为最新记录步的样本。",
    ),
    "compared.picture-alt": ("A grid of samples of {name}", "{name} 的样本网格"),
    "compared.findings": ("Findings of each run", "各运行的诊断"),
    "compared.conclusion": ("Conclusion", "结论"),
    "conclusion.separated": (
        "{group} is significantly {verdict} than group A in {scores}.",
        "{group} 在{scores}上显著{verdict}（与 A 组相比）。",
    ),
    "conclusion.equal": (
        "For {group}, there is no significant difference from group A in {scores}.",
        "{group} 与 A 组在{scores}上无显著差异。",
    ),
    "conclusion.one-seed": (
        "Each group has one seed, so differences between groups cannot be separated from differences between seeds; "
        "train more seeds for a conclusion.",
        "每组只有一个随机种子，组间差异无法与种子间差异区分；要得出结论，请训练更多种子。",
    ),
    "conclusion.not-compared": (
        "Without comparable scores, there is no conclusion about quality.",
        "没有可比较的得分，不能得出关于质量的结论。",
    ),
    "conclusion.nearest": (
        "The value nearest to real data in {score} has {group}: {value} (real data: {floor}).",
        "在{score}上最接近真实数据的是{group}：{value}（真实数据：{floor}）。",
    ),
    "trial.title": ("Trial of remedies: {name}", "补救措施试验：{name}"),
    "trial.text": (
        "Forks of the run from step {at}, trained with the same latents and batches. One seed: a remedy that helps "
        "here must be confirmed by a study.",
        "从第 {at} 步分叉，隐变量与批次相同。只有一个随机种子：在此有效的措施须由研究确认。",
    ),
    "trial.table": ("Outcome of each fork", "各分叉的结果"),
    "trial.variant": ("variant", "变体"),
    "trial.verdict": ("verdict", "判断"),
    "trial.findings": ("diagnosis", "诊断"),
    "trial.baseline": ("baseline", "基线"),
    "verdict.helped": ("helped", "有效"),
    "verdict.worse": ("worse", "更差"),
    "verdict.no clear change": ("no clear change", "无明显变化"),
    "verdict.not comparable": ("not comparable", "不可比较"),
    "verdict.diverged": ("diverged", "发散"),
    "trial.helped": ("Helped in this trial: {names}.", "在本试验中有效：{names}。"),
    "trial.none-helped": ("No remedy clearly helped in this trial.", "本试验中没有明显有效的措施。"),
    "runs.title": ("Run {name}", "运行 {name}"),
    "study.unfinished": (
        "{n} of {of} runs of the study are not finished or failed: {names}",
        "研究的 {of} 次运行中有 {n} 次未完成或失败：{names}",
    ),
    "study.reproduce": ("Train and score all runs of the study again:", "重新训练并评分研究中的全部运行："),
}
