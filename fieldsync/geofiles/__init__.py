"""Files with polygons in them, in the formats that cities have: GeoJSON, GeoPackage, zipped Shapefile."""

from fieldsync.geofiles.reading import FileChoice, GeoFile, open_geofile, read_drawings

__all__ = ["FileChoice", "GeoFile", "open_geofile", "read_drawings"]
