"""Category by the name of a file, for sets whose names say it: the patterns of training labels, first match wins."""

from __future__ import annotations

import re

PATTERNS = (
    ("", r"loop|fx$|kit|drum roll|snare and hat|snare&hat|hat rattle|backwd|reverse|hatopclo"),
    ("snare", r"snare.*rim|rim.*snare"),
    ("rim", r"side ?stick|rim|\bstick|linn stk|\bstk\b"),
    ("clap", r"clap|\bclp\b"),
    ("hat-pedal", r"(hat|hh|cymbal) ?(foot|pedal)|(foot|pedal) ?(hat|hh)|hihat foot|\bped\b"),
    ("hat-open", r"semi ?open|(hi ?-?hat|hat|hh|cymbal).*\b(open(ed)?|o2?)\b|\bopen.*(hat|hh)\b|\boh\b"),
    ("hat-open", r"\bh open|open(ed)?$"),
    ("hat-closed", r"cymbal closed|hat|\bhh+\b|\bh closed|\bhf\b"),
    ("ride", r"ride|\bbell hard|\bbell med|\bbell soft"),
    ("crash", r"crash|splash|china|cymbal|\bcym\b|ramacym"),
    ("tambourine", r"tamb"),
    ("shaker", r"shak|marac|cabasa|\bcab\b|shaaka"),
    ("cowbell", r"cow|agogo"),
    ("conga", r"conga|bongo|\bcga|\bcgam\b"),
    ("woodblock", r"clav|wood ?(block|1|2)?|\bcui"),
    ("percussion", r"timbale|guiro|triangle|tabla|udu|cuica|castanet|vibra ?slap|taiko|perc\b|sleigh"),
    ("tom", r"\btom|tom\b|tomm?y?\b|syntom|\btom\d"),
    ("snare", r"snare|\bsnr|\bsn\b|\bs (8bit|linn|reverb|eq|hollow|pitch|spit|b)\b|brush"),
    ("kick", r"kick|bass ?dr|\bbd\b|\bkik\b|\bk (8bit|linn|reverb|hard|muffle|soft|h|k)\b|bassdrum"),
    ("bass", r"bass"),
    ("mallet", r"temple bell|tinkle|marimba|vibes|glock|xylo|chime|\bbell|gamelan|thumb ?p"),
    ("keys", r"piano|organ|harpsi|e ?piano|clavinet"),
    ("pluck", r"guitar|strum|pizz|harp|guit\b"),
    ("wind", r"flute|trumpet|oboe|brass|sax|clarinet"),
    ("vocal", r"choir|voice|vox|vowel|\baah\b"),
    ("pad", r"\bpad|strings|cello|violin"),
    ("lead", r"\blead|square c|\bsync"),
)  # fmt: skip


def category_in(name: str) -> str:
    """The category that a file's stem says, "" where none."""
    text = re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=\D)(?=\d)", " ", name)).lower().strip()
    return next((category for category, pattern in PATTERNS if re.search(pattern, text)), "")
