// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_vector_file_h
#define nodal_core_vector_file_h

#include <nodal/core/petsc.h>

#include <string>
#include <vector>

namespace nodal
{
  /// Lists of numbers, the same on all ranks, and of vectors of one layout.
  struct VectorsToWrite
  {
    std::vector<const std::vector<double> *> numbers;
    std::vector<const std::vector<VecHandle> *> vectors;
  };

  struct VectorsToRead
  {
    std::vector<std::vector<double> *> numbers;
    std::vector<std::vector<VecHandle> *> vectors;
  };

  /// Write @p content to @p file, with a checksum, for a computation that is
  /// going to be continued; what the file held stays until the new content is
  /// whole. @p word says what it is and how unknowns are numbered. Collective
  /// over @p comm. Throws BadInput if the file cannot be written.
  void write_vectors(const std::string &file, const std::string &word,
                     MPI_Comm comm, const VectorsToWrite &content);

  /// Read what write_vectors() wrote with the same word, lists and number of
  /// ranks, for vectors laid out like @p like. Returns false and leaves
  /// @p content empty if there is no such file or a byte of it has changed.
  /// Collective.
  bool read_vectors(const std::string &file, const std::string &word, Vec like,
                    const VectorsToRead &content);
} // namespace nodal

#endif
