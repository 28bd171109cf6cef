"""The tables of the networks' layers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ganarium.config.given import GIVEN, given_parts
from ganarium.core.errors import GanariumError
from ganarium.core.escape import listed
from ganarium.report.document.blocks import Block, Paragraph, Section, Table, shortened
from ganarium.report.document.run_view import RunView
from ganarium.training.network_tables import parameter_tables

CHINESE = {  # words of the types of layers, longer ones first
    "sum with the input of the block": "与块输入相加",
    "learned map, scaled by the latent": "由隐变量缩放的可学习图",
    "weighted sum over positions": "各位置的加权和",
    "scale and shift of each class": "各类别的缩放与平移",
    "one latent for each channel": "每通道一个隐变量",
    "distances from edges": "到边的距离",
    "transposed convolution": "转置卷积",
    "linear downsampling": "线性下采样",
    "linear upsampling": "线性上采样",
    "virtual batch norm": "虚拟批归一化",
    "reflection padding": "反射填充",
    "instance norm": "实例归一化",
    "per-pixel noise": "逐像素噪声",
    "self-attention": "自注意力",
    "average-pool": "平均池化",
    "convolution": "卷积",
    "batch norm": "批归一化",
    "upsampling": "上采样",
    "max-pool": "最大池化",
    "nearest": "最近邻",
    "groups": "组",
    "stride": "步幅",
    "dense": "全连接",
    "codes": "编码",
    "poses": "姿态",
}


def networks_section(view: RunView) -> Section:
    """Return a table of layers for each network, as the sources print them."""
    return Section(view.t("networks.title"), list(_tables(view)))


def _tables(view: RunView) -> Iterator[Block]:
    missing = [part.part for part in given_parts(view.experiment).values() if part.identity not in GIVEN]
    if missing:
        reason = listed(missing)
        yield Paragraph(view.t("networks.missing", reason=reason), "note")
        return
    try:
        tables = parameter_tables(view.experiment, vars(view.run.provenance))
    except GanariumError as error:
        yield Paragraph(view.t("networks.missing", reason=shortened(error, 500)), "note")
        return
    for name, table in sorted(tables.items(), key=lambda item: "discriminator" in item[0]):  # generators first
        yield _table(view, view.t.known(f"network.{name}", name), table)


def _table(view: RunView, name: str, table: Mapping[str, Any]) -> Table:
    total, whole = table["total"], table["total_with_statistics"]
    has_statistics = whole != total
    key = "networks.caption-statistics" if has_statistics else "networks.caption"
    columns = ["layer", "type", "weights", "output", "parameters", *(["with-statistics"] if has_statistics else [])]
    rows = []
    for row in table["layers"]:
        counts = [row["parameters"], *([row["parameters"] + row["statistics"]] if has_statistics else [])]
        shapes = [" × ".join(map(str, row[shape])) for shape in ("shape", "output")]
        layer = row["layer"] or view.t("networks.activation")
        rows.append(
            [layer, layer_type(row["kind"], view.t.language), *shapes, *(f"{n:,}" if n else "" for n in counts)]
        )
    totals = [total, *([whole] if has_statistics else [])]
    return Table(
        view.t(key, name=name, total=f"{total:,}", whole=f"{whole:,}"),
        [view.t(f"networks.{column}") for column in columns],
        rows,
        numbers=range(2, len(columns)),
        foot=[view.t("networks.total"), "", "", "", *(f"{n:,}" for n in totals)],
    )


def layer_type(kind: str, language: str) -> str:
    """Return the type of a layer in the language of the report.

    >>> layer_type("transposed convolution 3×3, stride 2", "zh")
    '转置卷积 3×3, 步幅 2'
    """
    if language != "zh":
        return kind
    pattern = "|".join(map(re.escape, CHINESE))
    return re.sub(rf"\b({pattern})\b", lambda found: CHINESE[found[0]], kind)
