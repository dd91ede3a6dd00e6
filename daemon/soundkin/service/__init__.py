"""The one door to the engine: `SampleService`, and how it turns examples into vectors."""

from soundkin.service.sample_service import SampleService, Search, existing_folder

__all__ = ["SampleService", "Search", "existing_folder"]
