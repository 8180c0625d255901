"""The courier's page: a parcel is signed for at the door, by a signed link, also where there is no network."""
