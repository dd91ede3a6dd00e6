"""The words that name a category: English, German, French, Spanish, and the abbreviations of sample packs. Pure data.

Which of several categories a word like "hat" means is left to the sound.
"""

from __future__ import annotations

from soundkin.model.categories import CATEGORIES

HATS = ("hat-closed", "hat-open", "hat-pedal")
DRUMS = tuple(each.name for each in CATEGORIES if each.family == "drum")
OTHERS = "percussion"
"""The category of the drums that have none of their own: a name that says it and a sound that says nothing are it."""
_PERCUSSION = (
    OTHERS, "rim", "clap", "tom", "conga", "shaker", "tambourine", "cowbell", "woodblock",
)  # fmt: skip
_SYNTHS = ("lead", "pad", "bass", "keys", "pluck")

_ROWS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("kick",),
        "kick kicks kik bd bds bdrum bassdrum bassdrums kickdrum kickdrums bombo bombos",
        "bass drum, bass drums, kick drum, kick drums, grosse caisse, grosse trommel, große trommel",
    ),
    (
        ("snare",),
        "snare snares snr snrs sd sds snaredrum snaredrums redoblante tarola",
        "snare drum, snare drums, caisse claire, kleine trommel",
    ),
    (
        ("rim",),
        "rim rims rimshot rimshots sidestick sidesticks xstick crossstick",
        "rim shot, rim shots, rim click, side stick, cross stick, snare rim",
    ),
    (
        ("clap",),
        "clap claps clp clps handclap handclaps klatschen klatscher palmas palmada palmadas",
        "hand clap, hand claps, snare clap",
    ),
    (("clap", "percussion"), "snap snaps fingersnap fingersnaps schnipsen", ""),
    (HATS, "hat hats hihat hihats hh hhs charley charleston", "hi hat, hi hats, high hat, high hats"),
    (("hat-closed",), "hhc chh chhs clhat closedhat closedhats closedhh hatclosed", ""),
    (("hat-open",), "hho ohh ohhs ophat openhat openhats openhh hatopen", ""),
    (("hat-pedal",), "hhp phh pedalhat pedalhh hatpedal", "foot hat, hat foot"),
    (
        ("crash", "ride"),
        "cymbal cymbals cym cyms cymb becken cymbale cymbales platillo platillos piatti",
        "",
    ),
    (("crash",), "crash crashes splash splashes china chinas", "crash cymbal, crash cymbals"),
    (("ride",), "ride rides", "ride cymbal, ride cymbals, ride bell"),
    (("tom",), "tom toms tomtom tomtoms floortom racktom lowtom midtom hitom", "floor tom, rack tom"),
    (("conga",), "conga congas bongo bongos tumba tumbas quinto", ""),
    (("shaker",), "shaker shakers shkr maraca maracas cabasa caxixi rassel rasseln", ""),
    (("tambourine",), "tambourine tambourines tamb tambs tambourin tamburin schellenkranz pandereta pandero", ""),
    (("cowbell",), "cowbell cowbells kuhglocke kuhglocken cencerro cencerros agogo agogos", "cow bell, cow bells"),
    (("woodblock",), "woodblock woodblocks clave claves holzblock", "wood block, wood blocks, temple block"),
    (
        _PERCUSSION,
        "perc percs prc percussion percussions percussive perkussion percusion percusión percusiones",
        "",
    ),
    (
        ("beat",),
        "beat beats break breaks breakbeat breakbeats drumloop drumloops groove grooves toploop toploops",
        "drum loop, drum loops, top loop, top loops, drum break, drum breaks",
    ),
    (
        DRUMS,
        "drum drums drumkit drumkits drumset trommel trommeln schlagzeug batterie batería bateria "
        "tambour tambours tambor tambores",
        "",
    ),
    (("bass",), "bass basses bassline basslines basse basses bajo bajos subbass reese", "sub bass"),
    (
        ("keys",),
        "keys piano pianos epiano rhodes wurli wurlitzer clavinet organ organs orgel orgeln klavier orgue órgano "
        "organo teclado teclados harpsichord cembalo clavecin",
        "",
    ),
    (
        ("pluck",),
        "pluck plucks plucked guitar guitars gtr gtrs gitarre gitarren guitare guitares guitarra guitarras harp harps "
        "harfe harpe ukulele banjo koto sitar pizz pizzicato",
        "lead guitar",
    ),
    (
        ("mallet",),
        "mallet mallets bell bells glocke glocken cloche cloches campana campanas vibraphone vibraphon marimba "
        "xylophone xylophon glockenspiel kalimba celesta chime chimes",
        "",
    ),
    (
        ("wind",),
        "brass trumpet trumpets trompete trompeten trompette trompeta sax saxes saxophone saxophon flute flutes flöte "
        "floete flûte flauta clarinet klarinette oboe trombone posaune tuba woodwind bläser",
        "",
    ),
    (("wind", "effect"), "horn horns wind winds", ""),
    (("lead",), "lead leads", "synth lead, synth leads, lead synth, lead synths"),
    (
        ("pad",),
        "pad pads fläche flächen flaeche nappe nappes strings streicher cordes cuerdas",
        "synth pad, synth pads",
    ),
    (("pad", "effect"), "drone drones ambience", ""),
    (_SYNTHS, "synth synths synthesizer synthé sintetizador", ""),
    (
        ("vocal",),
        "vocal vocals vox voice voices voc vocs stimme stimmen gesang voix voz voces acapella acappella",
        "lead vocal, lead vocals, lead vox, lead voice",
    ),
    (("vocal", "pad"), "choir choirs chor chöre choeur chœur coro coros", ""),
    (
        ("effect",),
        "fx sfx effect effects effekt effekte effet effets efecto efectos riser risers uplifter uplifters downlifter "
        "downlifters sweep sweeps whoosh impact impacts zap zaps laser lasers glitch glitches foley",
        "",
    ),
    (
        (),
        "",
        "hat trick, hat tricks, drum bass, bass house, bass music, future bass, piano house, vocal house, sd card, "
        "sd cards, crash course",
    ),
)
"""Categories that the words allow; words; words that stand in a row."""


WORDS = {word: allowed for allowed, words, _ in _ROWS for word in words.split()}
"""A folded word, and the categories that it allows."""
PHRASES = {phrase: allowed for allowed, _, phrases in _ROWS for phrase in phrases.split(", ") if phrase}
"""The same of two words with a space between; of none where they mean something else."""
WEAK = {"808": ("kick", "bass")}
"""What counts only in a file's name, and only where it says nothing else."""
CODES = {
    "bd": "kick", "sd": "snare", "rs": "rim", "cp": "clap", "ch": "hat-closed", "oh": "hat-open", "cy": "crash",
    "lt": "tom", "mt": "tom", "ht": "tom", "lc": "conga", "mc": "conga", "hc": "conga", "cb": "cowbell",
    "cl": "woodblock", "ma": "shaker",
}  # fmt: skip
"""Names of whole files, but for digits: how the buttons of the Roland TR-808 are lettered."""
NOT = frozenset({"no", "non", "without", "ohne", "sans", "sin"})
"""The word behind one of these is what the sound is not."""
JOINED = frozenset({"and", "n", "und", "et", "y"})
LOOPS = frozenset({"loop", "loops", "boucle", "boucles", "schleife"})
"""Drums that are looped may be heard as a beat."""
OF_HATS = {
    "closed": "hat-closed", "close": "hat-closed", "closd": "hat-closed", "cls": "hat-closed", "cl": "hat-closed",
    "geschlossen": "hat-closed", "cerrado": "hat-closed", "fermé": "hat-closed", "open": "hat-open",
    "op": "hat-open", "opn": "hat-open", "offen": "hat-open", "abierto": "hat-open", "ouvert": "hat-open",
    "pedal": "hat-pedal", "foot": "hat-pedal", "ped": "hat-pedal",
}  # fmt: skip
"""Which of the hats is meant, where one is named."""
