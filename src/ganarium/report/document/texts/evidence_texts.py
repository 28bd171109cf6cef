"""Chinese translations of the sentences with the evidence of a finding, which are recorded in English in the log."""

import re
from collections.abc import Mapping
from functools import cache

from ganarium.report.document.texts.finding_texts import FINDINGS

CLAUSES: Mapping[str, str] = {  # English clauses, as in the rules of the diagnosis, and their translations
    "training stopped because a loss or weight was not finite": "训练因损失或权重出现非有限值而停止",
    "the magnitude of the larger loss is {value}": "较大的损失的绝对值为 {value}",
    "two samples differ {value} times as much as two real ones": "两个样本之间的差异是两个真实样本的 {value} 倍",
    "two samples differ only {value} as much as two real ones": "两个样本之间的差异只有两个真实样本的 {value}",
    "the distance to real data is {value}": "与真实数据的距离为 {value}",
    "the data check found severe faults: {value}": "数据检查发现 {value} 种严重缺陷",
    "the share of mid-grey pixels is {value} of that in real images": "中灰像素的占比是真实图像的 {value}",
    "the distance to the training data is {value} of that of held-out samples": (
        "与训练数据的距离是留出样本的 {value}"
    ),
    "the generator's gradient is {value} of its maximum": "生成器的梯度是其最大值的 {value}",
    "layers that receive no gradient: {value}": "得不到梯度的层数：{value}",
    "the discriminator ranks real above generated in {value} of pairs, where 50% is chance": (
        "判别器在 {value} 的样本对中把真实样本排在生成样本之上，随机时为 50%"
    ),
    "the discriminator ranks real above generated in {auc} of pairs, though samples are far from the data": (
        "判别器在 {auc} 的样本对中把真实样本排在生成样本之上，而样本离数据很远"
    ),
    "the discriminator ranks real above generated in {auc} of pairs and the generator hardly improves": (
        "判别器在 {auc} 的样本对中把真实样本排在生成样本之上，生成器几乎没有改进"
    ),
    "only {value} of the {groups} are generated": "只生成了 {value} 的{groups}",
    "{value} of the samples change their {group} from one snapshot to the next": (
        "相邻两次快照之间，{value} 的样本改变了{group}"
    ),
    "samples move by {value} standard deviations of the data from one snapshot to the next": (
        "相邻两次快照之间，样本移动了数据标准差的 {value} 倍"
    ),
    "the rarest {group} appears at most {value} as often as in the data": (
        "最少的{group}出现的频率至多是数据中的 {value}"
    ),
    "in one snapshot the rarest {group} appears at most {value} as often as in the data": (
        "在一次快照中，最少的{group}出现的频率至多是数据中的 {value}"
    ),
    "two samples of one {group} differ only {value} as much as two real ones": (
        "同一{group}的两个样本之间的差异只有两个真实样本的 {value}"
    ),
    "half of the samples of a {group} lie within a radius that is {value} of that in the data": (
        "同一{group}的一半样本所在的半径是数据中的 {value}"
    ),
    "the averaged generator's distance to real data is larger by {value}": (
        "平均权重的生成器与真实数据的距离比最新权重大 {value}"
    ),
    "generated, relative to the expected number: {list}": "与预期数量相比的生成量：{list}",
    "the generator's loss repeats every {steps} steps": "生成器的损失每 {steps} 步重复一次",
    "the generator's loss has no regular period": "生成器的损失没有固定周期",
    "none of the {number} signals is beyond its threshold": "{number} 个信号都没有超出阈值",
    "distance to real data {value} ({perfect} is perfect)": "与真实数据的距离为 {value}（{perfect} 为完美）",
    "not recorded: {signals}": "未记录：{signals}",
    "the newest snapshots are {value} closer to the data than the previous ones": (
        "最新快照比之前的快照离数据近 {value}"
    ),
    "the newest snapshots are {value} farther from the data than the previous ones": (
        "最新快照比之前的快照离数据远 {value}"
    ),
    "samples were closest to the data around step {step}": "样本在第 {step} 步左右离数据最近",
    "or {titles}": "也可能是{titles}",
}
ENDINGS: Mapping[str, str] = {  # what follows a clause in brackets
    " (alarm {side} {limit})": "（{side} {limit} 时报警）",
    " ({measured}, alarm {side} {limit})": "（{measured}，{side} {limit} 时报警）",
    " (counts as improving {side} {limit})": "（{side} {limit} 时算作改进）",
}
GROUPS = {"class": "类别", "mode": "模式", "cluster": "簇"}
WORDS = {
    **GROUPS,
    "classes": "类别",
    "modes": "模式",
    "clusters": "簇",
    "above": "高于",
    "below": "低于",
    "most": "大多数",
}
TITLES = {english: chinese for key, (english, chinese) in FINDINGS.items() if key.startswith(("finding.", "signal."))}
FAULTS = "the data check found severe faults: "
POSSIBLY = re.compile(r"possibly ([^:;]+): (.+)")


def evidence_in_chinese(text: str) -> str | None:
    """Return the evidence of a finding in Chinese, or None if a part of the sentence is not known.

    >>> evidence_in_chinese("only 30% of the modes are generated (alarm below 50%)")
    '只生成了 30% 的模式（低于 50% 时报警）'
    >>> evidence_in_chinese("my observer failed") is None
    True
    """
    found = POSSIBLY.fullmatch(text)
    if found:
        title, rest = TITLES.get(found[1]), evidence_in_chinese(found[2])
        return f"可能是{title}：{rest}" if title and rest else None
    first, *others = text.split("; ")
    if first.startswith(FAULTS):
        return "；".join([_clause(first) or first, *others])  # names of faults
    translated = [_clause(one) for one in (first, *others)]
    return "；".join(map(str, translated)) if None not in translated else None


def _clause(text: str) -> str | None:
    for pattern, template in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return template.format(**{name: _word(value) for name, value in found.groupdict().items()})
    return None


def _word(text: str) -> str:
    """Return a word or an enumeration of titles in Chinese; numbers and names stay as they are."""
    titles = re.split(r", | and (?=\d+ more)", text)
    if all(title in TITLES for title in titles):
        return "、".join(TITLES[title] for title in titles)
    return WORDS.get(text, text)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return an expression for each English clause, with and without each ending, and the Chinese template."""
    endings = {"": "", **ENDINGS}
    return tuple(
        (_pattern(english + ending), chinese + closing)
        for ending, closing in endings.items()
        for english, chinese in CLAUSES.items()
    )


def _pattern(template: str) -> re.Pattern[str]:
    """Return an expression for a template; names of classes may contain any letters, other words no brackets."""
    named = re.sub(r"\\\{list\\\}", "(?P<list>.+)", re.escape(template))
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^()]+?)", named))
