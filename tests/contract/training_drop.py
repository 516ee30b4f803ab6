"""A training system that drops its results of a day as XML in GBK into a folder, in each way that such systems do."""

import os
from pathlib import Path

_HEAD = '<?xml version="1.0" encoding="GBK"?>\n<成绩单 单位="培训中心">\n  <考试 编号="SAFE-1" 名称="安全考试">\n'


def results(*people: str, day: int = 2, verdict: str = "合格") -> bytes:
    """The results of a day."""
    rows = "".join(
        f"    <考生><工号>{each}</工号><姓名>张三</姓名><分数>92</分数><结果>{verdict}</结果>"
        f"<交卷时间>2026年3月{day}日 下午3:{n:02d}</交卷时间></考生>\n"
        for n, each in enumerate(people)
    )
    return f"{_HEAD}{rows}  </考试>\n</成绩单>\n".encode("gbk")


class TrainingSystem:
    """Writes into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def drops(self, name: str, body: bytes) -> Path:
        """The whole file at once, under its name."""
        path = self.folder / name
        path.write_bytes(body)
        return path

    def renames(self, name: str, body: bytes) -> None:
        """Under another name first, as uploads do."""
        (self.folder / f"{name}.part").write_bytes(body)
        (self.folder / f"{name}.part").rename(self.folder / name)

    def marks(self, name: str) -> None:
        """A file of no bytes that says that another one is whole."""
        (self.folder / name).touch()

    def begins(self, name: str, body: bytes) -> None:
        """Half of it; the rest comes later, or never."""
        (self.folder / name).write_bytes(body[: len(body) // 2])

    def goes_on(self, name: str, body: bytes) -> None:
        """The rest."""
        with (self.folder / name).open("ab") as file:
            file.write(body[len(body) // 2 :])

    def names_in_gbk(self, name: str, body: bytes) -> None:
        """A name whose bytes are no UTF-8, as an old share has them."""
        (self.folder / os.fsdecode(name.encode("gbk"))).write_bytes(body)
