"""What the made-up partnership is about: its companies, what is special about some, and what happens in its plants."""

from __future__ import annotations

from typing import Any

SURVEY = {2020: (1456, 54.9), 2021: (1415, 55.5), 2022: (1408, 56.3), 2023: (1386, 56.6), 2024: (1360, 56.7),
          2025: (1341, 57.1)}  # cases and million hours  # fmt: skip
NAMES = (
    "Alder", "Birch", "Cedarbrook", "Dogwood", "Elmhurst", "Fernvale", "Gorse", "Hawthorn", "Ironwood", "Juniper",
    "Kestrel", "Larkspur", "Maplecross", "Nettle", "Oakmoor", "Pinecrest", "Quince", "Rowanfield", "Sycamore",
    "Tamarack", "Umberland", "Vetch", "Willowby", "Xeranth", "Yarrow", "Zinnia", "Aspenhill", "Bramble", "Clover",
    "Damson", "Elderwick", "Foxglove", "Gingko", "Hazelmere", "Ivybridge", "Jasmine", "Kingscup", "Linden", "Mallow",
    "Nutfield", "Osier", "Privet",
)  # fmt: skip
#: State, OSHA region and the area offices in it.
PLACES = [("OH", "5", ("Kettle Run", "Marlow")), ("PA", "3", ("Stonebridge",)), ("GA", "4", ("Peachwater",)),
          ("TX", "6", ("Dry Fork", "Longhorn Bend")), ("CO", "8", ("Highmeadow",)), ("OR", "10",
          ("Fir Point",))]  # fmt: skip
#: Employees, from the smallest to the largest; the last is one large company.
SIZES = (9, 12, 14, 15, 18, 22, 24, 27, 30, 33, 36, 38, 42, 45, 48, 52, 55, 58, 64, 70, 75, 82, 88, 95, 104, 110, 118,
         126, 135, 148, 160, 175, 190, 210, 235, 260, 310, 420)  # fmt: skip
#: Of a company: employees, level, implementation date, and dates of what was decided; place is that of PLACES.
SPECIAL: dict[int, dict[str, Any]] = {
    1: {"employees": 118, "level": "platinum", "implementation_date": "2022-04-01", "applied": "2025-10-20",
        "place": 0},
    2: {"employees": 64, "level": "gold", "implementation_date": "2022-07-01", "place": 1},
    3: {"employees": 152, "level": "platinum", "implementation_date": "2022-07-01", "removal_notice": "2025-10-06",
        "place": 3},
    4: {"employees": 85, "level": "gold", "implementation_date": "2023-01-01", "place": 2},
    5: {"employees": 8, "level": "gold", "implementation_date": "2023-01-01", "place": 4},
    6: {"employees": 58, "level": "applicant", "implementation_date": "", "applied": "2025-08-18",
        "disapproved": "2025-10-10",
        "place": 5},
    7: {"employees": 40, "level": "gold", "implementation_date": "2023-04-01", "transferred": "2025-11-03", "place": 1},
    8: {"employees": 95, "level": "diamond", "implementation_date": "2022-01-01", "verified": "2025-05-20", "place": 0},
    40: {"employees": 600, "level": "diamond", "implementation_date": "2022-01-01", "verified": "2025-03-11",
        "place": 3},
    41: {"employees": 76, "level": "gold", "implementation_date": "2022-10-01", "left": "2025-03-31", "place": 4},
    42: {"employees": 130, "level": "gold", "implementation_date": "2025-02-01", "place": 2},
}  # fmt: skip
#: Cases a year that are set, 2020 to 2025, so that the verdict on the company is what SPECIAL says.
SET = {1: (7, 8, 6, 5, 4, 3), 2: (4, 3, 4, 3, 3, 2), 3: (9, 8, 10, 9, 11, 13), 5: (1, 0, 0, 1, 0, 0)}
#: The companies whose logs are there, the case that was added late (company, year), and the year without hours.
LOGS, LATE, NO_HOURS = (1, 3, 40), (3, 2024), (4, 2024)
INITIATIVES = ("silica and respiratory protection", "struck-by prevention", "mixer truck rollover",
               "slips and falls on mounting and dismounting")  # fmt: skip
TYPES = {
    "same_level_falls": 0.16,
    "different_level_falls": 0.15,
    "struck_by": 0.20,
    "strains_sprains": 0.31,
    "other_incidents": 0.18,
}
OUTCOMES = {"2": 0.34, "3": 0.27, "4": 0.39}
#: What happened, the injury, and the object, by type of incident; other incidents may be illnesses (column M).
TOLD: dict[str, list[tuple[str, str, str, str]]] = {
    "same_level_falls": [
        ("Slipped on wet slurry beside the wash-out pit and landed on the left hip.", "Bruised hip",
         "Slurry on concrete", "1"),
        ("Tripped over an air hose in the batch house.", "Cut chin", "Air hose", "1"),
        ("Fell on ice between the scale house and the parking row.", "Wrist fracture", "Ice", "1"),
        ("Tripped on rebar at a customer's form and put out both hands.", "Sprained wrist", "Rebar", "1"),
        ("Slipped on diesel at the fuel island.", "Knee sprain", "Diesel on pavement", "1"),
    ],
    "different_level_falls": [
        ("Fell from the mixer ladder while rinsing the charge hopper.", "Fractured heel", "Mixer ladder", "1"),
        ("Missed a step when leaving the cab and fell to the ground.", "Sprained ankle", "Cab step", "1"),
        ("Fell off the aggregate bin catwalk while clearing a gate.", "Rib fracture", "Catwalk", "1"),
        ("Fell from a trailer deck while loosening pallets of admixture.", "Shoulder strain", "Trailer deck", "1"),
        ("Fell into the reclaimer pit when a grating shifted.", "Leg laceration", "Grating", "1"),
    ],
    "struck_by": [
        ("Was struck by a discharge chute that swung while being folded.", "Hand contusion", "Chute", "1"),
        ("Hit by a chunk of hardened concrete while chipping the drum.", "Eyebrow cut", "Hardened concrete", "1"),
        ("An extension chute fell on foot during unloading.", "Toe fracture", "Extension chute", "1"),
        ("Struck in the shoulder by a loader bucket edge.", "Shoulder bruise", "Loader bucket", "1"),
        ("A hose coupling came apart and hit the forearm; the employee was hit by the fitting.", "Forearm cut",
         "Coupling", "1"),
    ],
    "strains_sprains": [
        ("Felt a pull in the lower back when lifting a chute section; back strain.", "Low back strain",
         "Chute section", "1"),
        ("Strained the right shoulder while pulling the wash-down hose.", "Shoulder strain", "Hose", "1"),
        ("Twisted the knee while shovelling spilled aggregate.", "Knee sprain", "Shovel", "1"),
        ("Overexertion when turning a seized hand wheel.", "Elbow strain", "Hand wheel", "1"),
        ("Back pain after lifting bags of cement.", "Low back strain", "Cement bag", "1"),
    ],
    "other_incidents": [
        ("Fresh concrete ran into a boot and stayed there for an hour.", "Cement burn of the shin", "Fresh concrete",
         "2"),
        ("Finger caught between the gate and its frame.", "Finger fracture", "Bin gate", "1"),
        ("Touched a hot exhaust pipe during a walk-round.", "Burn of the palm", "Exhaust pipe", "1"),
        ("Dust from bag emptying brought on coughing over several days.", "Bronchitis", "Cement dust", "3"),
        ("Yearly hearing test showed a standard threshold shift.", "Hearing loss", "Noise of drum chipping", "5"),
        ("Truck left the road on a soft shoulder and tipped on its side.", "Several contusions", "Own truck", "1"),
    ],
}  # fmt: skip
JOBS = ("Mixer truck driver", "Batch plant operator", "Loader operator", "Plant mechanic", "Yard hand of the plant")
WHERE = (
    "Wash-out area of the plant",
    "Aggregate bins of the plant",
    "Customer site, discharge point",
    "Truck shop, bay two",
)
WEAK = {2: 0.42, 3: 0.62, 4: 0.7, 5: 0.8, 6: 0.5}
