"""Why the operating system or the network did not do something, in both languages."""

import errno
import ssl
from socket import gaierror

from schemas.words import Words

_CUT = Words("the connection was cut", "连接中断")
_NO_WAY = Words("no way leads there", "网络不可达")
_IN_TIME = Words("no answer in time", "未按时应答")
_NO_NAME = Words("its name has no address", "主机名无法解析")
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
    errno.ECONNREFUSED: Words("connection refused: nothing listens there", "连接被拒绝，对端没有监听"),
    errno.EHOSTUNREACH: _NO_WAY,
    errno.ENETUNREACH: _NO_WAY,
}
_KINDS = {
    gaierror: _NO_NAME,
    TimeoutError: _IN_TIME,
    ConnectionResetError: _CUT,
    ConnectionAbortedError: _CUT,
    BrokenPipeError: _CUT,
}
"""By what they are, for a library raises some of them without their number."""
_CERTIFICATES = {
    # X509_V_ERR_* of OpenSSL
    9: Words("its certificate is not valid yet", "对端证书尚未生效"),
    10: Words("its certificate has expired", "对端证书已过期"),
    18: Words("its certificate is signed by itself alone", "对端证书为自签名"),
    19: Words("its certificate comes from a root that is not trusted", "对端证书的根证书不受信任"),
    20: Words(
        "who issued its certificate is not known; name it by `ca_file`", "对端证书的颁发者未知，请用 `ca_file` 指定"
    ),
    62: Words("its certificate is for another name", "对端证书与主机名不符"),
    64: Words("its certificate is for another address", "对端证书与地址不符"),
}


def why_not(error: OSError) -> Words:
    """Why, by the number or the kind of the error; one that has no words here is said as the system says it."""
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    for kind, words in _KINDS.items():
        if isinstance(error, kind):
            return words
    said = error.strerror or str(error)
    return _WHY.get(error.errno or 0, Words(said, said))


def _of_tls(error: ssl.SSLError) -> Words:
    if isinstance(error, ssl.SSLCertVerificationError):
        number = error.verify_code
        other = Words(f"its certificate is not trusted ({number})", f"对端证书不受信任（{number}）")
        return _CERTIFICATES.get(number, other)
    return Words(f"TLS failed ({error.reason or 'no reason'})", f"TLS 连接失败（{error.reason or '原因不明'}）")
