"""Why the operating system did not do something, in both languages."""

import errno

from schemas.words import Words

_WHY = {
    errno.ENOENT: Words("no such file or folder", "没有该文件或目录"),
    errno.EACCES: Words("not allowed; look at its owner and mode", "没有权限；请核对所有者与访问权限"),
    errno.EPERM: Words("not allowed", "没有权限"),
    errno.EISDIR: Words("found a folder, expected a file", "现为目录，应为文件"),
    errno.ENOTDIR: Words("found a file, expected a folder", "现为文件，应为目录"),
    errno.EEXIST: Words("is there already", "已存在"),
    errno.ENOSPC: Words("no room is left on the disk", "磁盘空间不足"),
    errno.EROFS: Words("the disk may only be read", "磁盘为只读"),
    errno.EIO: Words("the disk does not read or write", "磁盘读写出错"),
    errno.EMFILE: Words("too many files are open", "打开的文件过多"),
    errno.ENFILE: Words("too many files are open", "打开的文件过多"),
    errno.ELOOP: Words("its links lead round in a circle", "链接循环"),
    errno.ENAMETOOLONG: Words("its name is too long", "名称过长"),
}


def why_not(error: OSError) -> Words:
    """Why, by the number of the error; one that has no words here is said as the system says it."""
    said = error.strerror or str(error)
    return _WHY.get(error.errno or 0, Words(said, said))
