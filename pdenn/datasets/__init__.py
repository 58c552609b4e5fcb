"""Data of the papers: fetched from their origin at pinned commits, checked, and never kept in the package.

`PDENN_DATA` may name a folder that has the files already, under the names of `sources.SOURCES`: `graphs/cora.npz` and so on.

| loader | origin | licence |
|---|---|---|
| `citations` | shchur/gnn-benchmark | MIT |
| `heterophilous` | yandex-research/heterophilous-graphs | MIT |
| `england_covid` | benedekrozemberczki/pytorch_geometric_temporal | MIT |
| `omniglot`, `omniglot_runs` | brendenlake/omniglot | MIT |
| `berkeley` | axgoujon/weakly_convex_ridge_regularizer, single images | none stated; Berkeley: research, not commerce |
| `class_folders` | the user's: mini-ImageNet, tiered-ImageNet, CUB, a folder a class | their own; not fetched |
| `pubmed` | the user's: `pubmed.npz` of shchur/gnn-benchmark | MIT; not fetched |
| `prostate` | the user's: the tables of Armenia et al. 2018 and gene lists, see there | their own; not fetched |
| `mnist` | the archive of Keras; or rasbt/mnist-pngs (MIT), repacked as `mnist/mnist.npz` | none stated by LeCun |
"""

from .covid import Covid, england_covid
from .folders import Photographs, class_folders
from .graphs import Citations, Heterophilous, citations, heterophilous, pubmed
from .images import Characters, Digits, OneShot, berkeley, mnist, omniglot, omniglot_runs
from .patients import Patients, prostate

__all__ = [
    "Characters",
    "Citations",
    "Covid",
    "Digits",
    "Heterophilous",
    "OneShot",
    "Patients",
    "Photographs",
    "berkeley",
    "citations",
    "class_folders",
    "england_covid",
    "heterophilous",
    "mnist",
    "omniglot",
    "omniglot_runs",
    "prostate",
    "pubmed",
]
