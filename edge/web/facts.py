"""Facts about emotions, music and faces, each with where it was published."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Fact:
    text: str
    source: str


def another(facts: Sequence[Fact], shown: int | None, rng: Random) -> tuple[int, Fact]:
    """A fact picked at random and its number, never number `shown` (which may be anything a visitor sent)."""
    number = rng.choice([n for n in range(len(facts)) if n != shown])
    return number, facts[number]


FACTS: tuple[Fact, ...] = (
    Fact(
        "Darwin's book on the expression of emotions was among the first scientific books "
        "to be illustrated with photographs.",
        "Charles Darwin (1872), The Expression of the Emotions in Man and Animals. John Murray",
    ),
    Fact(
        "A smile of real enjoyment also tightens the muscle around the eyes. Duchenne described this in 1862, "
        "after moving people's faces with electricity.",
        "G.-B. Duchenne de Boulogne (1862), Mécanisme de la physionomie humaine. Renouard",
    ),
    Fact(
        "South Fore people in New Guinea, who knew hardly any outsiders, matched photos of Western faces to stories "
        "of joy, anger, disgust and sadness much as Westerners do.",
        "P. Ekman & W. V. Friesen (1971), Journal of Personality and Social Psychology 17(2), 124–129. "
        "doi:10.1037/h0030377",
    ),
    Fact(
        "The Facial Action Coding System takes every expression apart into numbered movements: "
        "pulling up the corners of the lips is action unit 12.",
        "P. Ekman & W. V. Friesen (1978), Facial Action Coding System. Consulting Psychologists Press",
    ),
    Fact(
        "A scowl is not proof of anger: people often scowl when they are not angry, and are often angry without "
        "scowling. A face alone does not tell what somebody feels.",
        "L. F. Barrett et al. (2019), Psychological Science in the Public Interest 20(1), 1–68. "
        "doi:10.1177/1529100619832930",
    ),
    Fact(
        "Bowlers seldom smile at the pins, even after a good throw. They smile once they turn round to their friends.",
        "R. E. Kraut & R. E. Johnston (1979), Journal of Personality and Social Psychology 37(9), 1539–1553. "
        "doi:10.1037/0022-3514.37.9.1539",
    ),
    Fact(
        "People laugh about thirty times more often in company than alone.",
        "R. R. Provine & K. R. Fischer (1989), Ethology 83(4), 295–305",
    ),
    Fact(
        "Your face answers a smile before you know it: people shown a happy face too briefly to notice it "
        "still moved the muscle that smiles.",
        "U. Dimberg, M. Thunberg & K. Elmehed (2000), Psychological Science 11(1), 86–89. doi:10.1111/1467-9280.00221",
    ),
    Fact(
        "Wide-eyed fear lets more in: it enlarges the field of view and the flow of air through the nose. "
        "A face of disgust does the opposite.",
        "J. M. Susskind et al. (2008), Nature Neuroscience 11, 843–850. doi:10.1038/nn.2138",
    ),
    Fact(
        "A tenth of a second is enough to form a first impression of a face. More time mostly makes us surer of it.",
        "J. Willis & A. Todorov (2006), Psychological Science 17(7), 592–598. doi:10.1111/j.1467-9280.2006.01750.x",
    ),
    Fact(
        "Turned upside down, faces become harder to remember than other things do, houses and aeroplanes included.",
        "R. K. Yin (1969), Journal of Experimental Psychology 81(1), 141–145. doi:10.1037/h0027474",
    ),
    Fact(
        "In an upside-down portrait we hardly notice when eyes and mouth are the right way up; "
        "turn it round, and it is grotesque. The first portrait shown this way was Margaret Thatcher's.",
        "P. Thompson (1980), Perception 9(4), 483–484. doi:10.1068/p090483",
    ),
    Fact(
        "A patch of the brain on the underside of the temporal lobe, the fusiform face area, "
        "answers far more strongly to faces than to other objects.",
        "N. Kanwisher, J. McDermott & M. M. Chun (1997), Journal of Neuroscience 17(11), 4302–4311. "
        "doi:10.1523/JNEUROSCI.17-11-04302.1997",
    ),
    Fact(
        "In the first hour of their lives babies already follow a drawing of a face further with their eyes "
        "than the same drawing with its parts scrambled.",
        "M. H. Johnson et al. (1991), Cognition 40(1–2), 1–19. doi:10.1016/0010-0277(91)90045-6",
    ),
    Fact(
        "A woman whose amygdalae were both destroyed by a rare disease could recognise people, "
        "but hardly the fear in their faces.",
        "R. Adolphs et al. (1994), Nature 372, 669–672. doi:10.1038/372669a0",
    ),
    Fact(
        "Emotions mix on the face as they do in life: being happily surprised looks different "
        "from being happy, from being surprised, and from being angrily surprised.",
        "S. Du, Y. Tao & A. M. Martinez (2014), PNAS 111(15), E1454–E1462. doi:10.1073/pnas.1322355111",
    ),
    Fact(
        "Asked to colour in where in the body they feel an emotion, people draw similar maps: "
        "happiness lights up all of the body, sadness dims the limbs.",
        "L. Nummenmaa et al. (2014), PNAS 111(2), 646–651. doi:10.1073/pnas.1321664111",
    ),
    Fact(
        "Feelings can be laid out on a circle: "
        "one axis runs from unpleasant to pleasant, the other from calm to excited.",
        "J. A. Russell (1980), Journal of Personality and Social Psychology 39(6), 1161–1178. doi:10.1037/h0077714",
    ),
    Fact(
        "William James turned common sense round: we do not cry because we are sorry, he wrote; "
        "we feel sorry because we cry.",
        "W. James (1884), What is an Emotion? Mind 9(34), 188–205",
    ),
    Fact(
        "Does holding a pen in your teeth make cartoons funnier? A famous study said so in 1988; "
        "when seventeen laboratories repeated it together, the effect was not there.",
        "E.-J. Wagenmakers et al. (2016), Perspectives on Psychological Science 11(6), 917–928. "
        "doi:10.1177/1745691616674458",
    ),
    Fact(
        "Music that gives you chills releases dopamine, in one part of the striatum while you wait for the great "
        "moment and in another when it comes.",
        "V. N. Salimpoor et al. (2011), Nature Neuroscience 14, 257–262. doi:10.1038/nn.2726",
    ),
    Fact(
        "Chills from a favourite piece of music come with activity in the brain's reward system, "
        "which food and other rewards stir too.",
        "A. J. Blood & R. J. Zatorre (2001), PNAS 98(20), 11818–11823. doi:10.1073/pnas.191355898",
    ),
    Fact(
        "Mafa people of northern Cameroon who had never heard Western music "
        "told its happy, sad and scary pieces apart better than by chance.",
        "T. Fritz et al. (2009), Current Biology 19(7), 573–576. doi:10.1016/j.cub.2009.02.058",
    ),
    Fact(
        "Voices and instruments share a code: anger is fast and loud, sadness slow and quiet, in speech as in music.",
        "P. N. Juslin & P. Laukka (2003), Psychological Bulletin 129(5), 770–814. doi:10.1037/0033-2909.129.5.770",
    ),
    Fact(
        "Sad, fearful and happy music each change heart rate, blood pressure and breathing in their own way: "
        "listeners do not only recognise the emotion.",
        "C. L. Krumhansl (1997), Canadian Journal of Experimental Psychology 51(4), 336–353. "
        "doi:10.1037/1196-1961.51.4.336",
    ),
    Fact(
        "Asked which passages move them to tears, listeners often point at appoggiaturas: "
        "notes that clash for a moment and then resolve.",
        "J. A. Sloboda (1991), Psychology of Music 19(2), 110–120. doi:10.1177/0305735691192002",
    ),
    Fact(
        "Sad music gives chills more often than happy music does.",
        "J. Panksepp (1995), Music Perception 13(2), 171–207",
    ),
    Fact(
        "What sad music stirs most often is not sadness but nostalgia.",
        "L. Taruffi & S. Koelsch (2014), PLoS ONE 9(10), e110490. doi:10.1371/journal.pone.0110490",
    ),
    Fact(
        "Some healthy people get no pleasure from music at all, although they hear it well and enjoy other rewards.",
        "E. Mas-Herrero et al. (2014), Current Biology 24(6), 699–704. doi:10.1016/j.cub.2014.01.068",
    ),
    Fact(
        "Play people hits from their youth, and about three in ten snippets bring back a memory of their own life.",
        "P. Janata, S. T. Tomic & S. K. Rakowski (2007), Memory 15(8), 845–860. doi:10.1080/09658210701734593",
    ),
    Fact(
        "Snowball, a sulphur-crested cockatoo, dances in time: "
        "when his favourite song was played faster or slower, he changed his tempo with it.",
        "A. D. Patel et al. (2009), Current Biology 19(10), 827–830. doi:10.1016/j.cub.2009.03.038",
    ),
    Fact(
        "People made music at least 35,000 years ago: "
        "flutes of bone and ivory from caves in the Swabian Jura are that old.",
        "N. J. Conard, M. Malina & S. C. Münzel (2009), Nature 460, 737–740. doi:10.1038/nature08169",
    ),
    Fact(
        "Every society that was looked at has songs, "
        "and strangers from the other end of the world can tell its dances from its lullabies.",
        "S. A. Mehr et al. (2019), Science 366(6468), eaax0868. doi:10.1126/science.aax0868",
    ),
    Fact(
        "Western listeners call the same piece happier in a major key and sadder in a minor one: "
        "Kate Hevner showed it by rewriting pieces from one mode to the other.",
        "K. Hevner (1935), American Journal of Psychology 47(1), 103–118",
    ),
    Fact(
        "The face detector at the heart of this device is from 2001, "
        "when it found faces in fifteen pictures a second on a 700 MHz Pentium III.",
        "P. Viola & M. Jones (2001), Proceedings of CVPR 2001. doi:10.1109/CVPR.2001.990517",
    ),
    Fact(
        "Reading faces is hard for people too: on FER-2013, the photos behind many mood readers, "
        "people agreed with the label about 65 times in a hundred.",
        "I. J. Goodfellow et al. (2013), Challenges in Representation Learning. arXiv:1307.0414",
    ),
    Fact(
        "One label a face is too few: when ten people looked at each photo of FER-2013, they often disagreed, "
        "and a model that learns their disagreement reads faces better.",
        "E. Barsoum et al. (2016), Proceedings of ICMI '16. doi:10.1145/2993148.2993165",
    ),
)
